import type { BpfObject } from 'libbpf-addon'
import type { SocketOwners } from '../../src/pdata/http_observations.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import { WITHOUT_OWNERS } from './preflight.ts'

/** `struct socket_owner` of bpf/http/http.h: its size, and where its fields stand. */
const OWNER = { size: 16, cookie: 0, pid: 8 } as const

/** Sockets that are remembered. */
const LIMIT = 65536

/**
 * Whose the sockets are that exist already, in every network namespace: a socket that is older than
 * the agent may be used for long before its owner is seen at work. Read once; sockets that are made
 * later tell their owner themselves.
 */
export class ExistingOwners implements SocketOwners {
  readonly #pids: ReadonlyMap<number, number>

  /** @param records what the iterator wrote */
  constructor(records: Buffer) {
    const pids = new Map<number, number>()
    for (let at = 0; at + OWNER.size <= records.length && pids.size < LIMIT; at += OWNER.size) {
      const cookie = Number(records.readBigUInt64LE(at + OWNER.cookie))
      // Of those that share a socket, the first is the oldest: a parent before its children.
      if (!pids.has(cookie)) pids.set(cookie, records.readUInt32LE(at + OWNER.pid))
    }
    this.#pids = pids
  }

  ownerOf(cookie: number): number {
    return this.#pids.get(cookie) ?? 0
  }
}

/** The same where it can be done without: undefined, after a warning, where the kernel does not answer. */
export function knownOwners(object: BpfObject, log: Logger): ExistingOwners | undefined {
  try {
    return existingOwners(object)
  } catch (error) {
    log.warn({ effect: WITHOUT_OWNERS, error }, 'Cannot walk the files of processes.')
    return undefined
  }
}

/** Asks the kernel, by the program `http_owners`. */
export function existingOwners(object: BpfObject): ExistingOwners {
  const link = object.attachIterator('http_owners')
  try {
    return new ExistingOwners(link.read())
  } finally {
    link.close()
  }
}
