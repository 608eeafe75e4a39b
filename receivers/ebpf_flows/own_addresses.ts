import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { BpfMap } from 'libbpf-addon'
import { parseCidr } from '../../src/helpers/cidr.ts'

/** More of a table of routes is not read: a container that routes for the Internet has 100 MB. */
const MAX_ROUTES = 1 << 20

/** Addresses of one host's network namespaces, as the programs have them: 16 bytes in hex. */
export type Addresses = Set<string>

/**
 * The addresses of all network namespaces that a process is in. What cannot be read is left out:
 * processes end meanwhile.
 */
export function addressesOfNode({ proc = '/proc', own = ownAddresses } = {}): Addresses {
  const found = own()
  const seen = new Set([namespaceOf(`${proc}/self`)])
  for (const pid of readdirSync(proc)) {
    if (!/^\d+$/.test(pid)) continue
    const namespace = namespaceOf(`${proc}/${pid}`)
    if (namespace === '' || seen.has(namespace)) continue
    seen.add(namespace)
    for (const address of ipv4Of(startOf(`${proc}/${pid}/net/fib_trie`))) found.add(address)
    for (const address of ipv6Of(startOf(`${proc}/${pid}/net/if_inet6`))) found.add(address)
  }
  return found
}

/** The agent's own namespace may have a large table of routes, so that is not read. */
function ownAddresses(): Addresses {
  const all = Object.values(networkInterfaces()).flatMap((some = []) => some)
  return new Set(all.flatMap(({ address }) => keyOf(address) ?? []))
}

function namespaceOf(process: string): string {
  try {
    return readlinkSync(`${process}/ns/net`)
  } catch {
    return ''
  }
}

function startOf(path: string): string {
  try {
    const file = openSync(path, 'r')
    try {
      return readUpTo(file, MAX_ROUTES)
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}

/** Files of /proc hand out a page at a time. */
function readUpTo(file: number, limit: number): string {
  const bytes = Buffer.alloc(65_536)
  let text = ''
  while (text.length < limit) {
    const count = readSync(file, bytes, 0, bytes.length, null)
    if (count === 0) break
    text += bytes.toString('latin1', 0, count)
  }
  return text
}

/** Of /proc/PID/net/fib_trie: each address stands above what it is. */
export function* ipv4Of(text: string): Iterable<string> {
  for (const [, address = ''] of text.matchAll(/-- ([\d.]+)\n\s+\/32 host LOCAL/g)) {
    const key = keyOf(address)
    if (key !== undefined) yield key
  }
}

/** Of /proc/PID/net/if_inet6. */
export function* ipv6Of(text: string): Iterable<string> {
  for (const [address] of text.matchAll(/^[0-9a-f]{32}(?= )/gm)) yield address
}

function keyOf(address: string): string | undefined {
  return parseCidr(address.replace(/%.*/, ''))?.address.toString('hex')
}

/** Keeps the programs' map of addresses in step with those of the node. */
export class OwnAddresses {
  readonly #map: Pick<BpfMap, 'keys' | 'update' | 'delete'>
  readonly #read: () => Addresses
  /** In the map last time, and no interface had them: a socket may just have been quicker. */
  #doubtful: Addresses = new Set()

  constructor(map: Pick<BpfMap, 'keys' | 'update' | 'delete'>, read = addressesOfNode) {
    this.#map = map
    this.#read = read
  }

  /** To be called every few seconds. Throws where the map is full. */
  refresh(): void {
    const found = this.#read()
    const known = new Set([...this.#map.keys()].map((key) => key.toString('hex')))
    const lost = [...known].filter((address) => !found.has(address))
    for (const address of lost) {
      if (this.#doubtful.has(address)) this.#map.delete(Buffer.from(address, 'hex'))
    }
    this.#doubtful = new Set(lost.filter((address) => !this.#doubtful.has(address)))
    const value = Buffer.from([1, 0, 0, 0])
    for (const address of found) {
      if (!known.has(address)) this.#map.update(Buffer.from(address, 'hex'), value)
    }
  }
}
