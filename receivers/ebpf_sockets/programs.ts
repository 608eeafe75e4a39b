import type { BpfObject, IteratorLink } from 'libbpf-addon'
import type { ConnectPrograms } from '../../src/kernel/connect_hooks.ts'
import { asUnsupported } from '../../src/kernel/objects.ts'
import { walkReports } from '../../src/kernel/walks.ts'
import {
  WITHOUT_ADOPT,
  WITHOUT_CONNECT,
  WITHOUT_ERRNO,
  WITHOUT_JIFFIES,
  WITHOUT_RESETS,
  WITHOUT_WALK,
} from './preflight.ts'
import { REPORT_SIZE } from './record.ts'

/** Programs that see `connect` before TCP begins, and how it ends. */
export const CONNECT: ConnectPrograms = {
  atFunction: ['sockets_connect', 'sockets_connected'],
  atCgroup: ['sockets_release', 'sockets_connect4', 'sockets_connect6'],
}

/** The program that sees what `connect` returns, where those at cgroups see it begin. */
export const ERRNO = 'sockets_errno'

/** Programs that a kernel may refuse, and what is lost without them. */
export const OPTIONAL_PROGRAMS: Readonly<Record<string, string>> = {
  sockets_walk: WITHOUT_WALK,
  sockets_adopt: WITHOUT_ADOPT,
  sockets_reset_in: WITHOUT_RESETS,
  sockets_reset_out_6_9: WITHOUT_RESETS,
  sockets_jiffies: WITHOUT_JIFFIES,
  [ERRNO]: WITHOUT_ERRNO,
  ...Object.fromEntries(
    [...CONNECT.atFunction, ...CONNECT.atCgroup].map((name) => [name, WITHOUT_CONNECT]),
  ),
}

/** Programs for kernels that refuse those named first: before 5.11, and before 6.10. */
export const FALLBACKS: Readonly<Record<string, string>> = {
  sockets_state: 'sockets_state_5_10',
  sockets_packet: 'sockets_packet_5_10',
  sockets_reset_out: 'sockets_reset_out_6_9',
}

/** Those of which one at most is attached, in the order of preference. */
const ATTACHED = [
  ['sockets_state', 'sockets_state_5_10'],
  ['sockets_packet', 'sockets_packet_5_10'],
  ['sockets_reset_in'],
  ['sockets_reset_out', 'sockets_reset_out_6_9'],
] as const

/** Those of them that are attached where the kernel has refused some. */
function attachedPrograms(refused: ReadonlySet<string>): string[] {
  return ATTACHED.flatMap((programs) => programs.find((one) => !refused.has(one)) ?? [])
}

/**
 * Those that lose something when they do not run inside themselves. Of the two for states the other
 * one runs then.
 */
export function losingPrograms(refused: ReadonlySet<string>): string[] {
  return attachedPrograms(refused).filter((program) => program.startsWith('sockets_reset'))
}

/**
 * Attaches the programs of `bpf/sockets`, the optional ones where the kernel has not refused them.
 * Returns the walk over open connections, where there is one. Throws UnsupportedError.
 */
export function attachPrograms(
  object: BpfObject,
  refused: ReadonlySet<string>,
): IteratorLink | undefined {
  for (const program of attachedPrograms(refused)) {
    asUnsupported(`attach ${program}`, () => object.attach(program))
  }
  if (refused.has('sockets_walk') || refused.has('sockets_state')) return undefined
  return asUnsupported('attach sockets_walk', () =>
    object.attachIterator('sockets_walk', { map: 'sockets', beside: walkReports(REPORT_SIZE) }),
  )
}

/**
 * Begins to follow the connections that exist already, in every network namespace, and who owns them.
 * The first pass finds who listens, the second tells by that which connections were accepted.
 */
export function adoptSockets(object: BpfObject): void {
  const link = object.attachIterator('sockets_adopt')
  try {
    link.read()
    link.read()
  } finally {
    link.close()
  }
}
