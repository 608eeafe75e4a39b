import { type BpfObject, type IteratorLink, probeAttach } from 'libbpf-addon'
import { UnsupportedError } from '../../src/component/errors.ts'
import { cgroup2Root, MOUNT_CGROUP2 } from '../../src/kernel/cgroup.ts'
import { asUnsupported } from '../../src/kernel/objects.ts'
import {
  WITHOUT_ADOPT,
  WITHOUT_CONNECT,
  WITHOUT_JIFFIES,
  WITHOUT_RESETS,
  WITHOUT_WALK,
} from './preflight.ts'

/** Programs that see `connect` before TCP begins: at the function that it comes to. */
const AT_FUNCTION = ['sockets_connect', 'sockets_connected'] as const

/** The same where functions have no hooks. */
const AT_CGROUP = ['sockets_release', 'sockets_connect4', 'sockets_connect6'] as const

/** Programs that a kernel may refuse, and what is lost without them. */
export const OPTIONAL_PROGRAMS: Readonly<Record<string, string>> = {
  sockets_walk: WITHOUT_WALK,
  sockets_adopt: WITHOUT_ADOPT,
  sockets_reset_in: WITHOUT_RESETS,
  sockets_reset_out_6_9: WITHOUT_RESETS,
  sockets_jiffies: WITHOUT_JIFFIES,
  ...Object.fromEntries([...AT_FUNCTION, ...AT_CGROUP].map((name) => [name, WITHOUT_CONNECT])),
}

/** Those of the programs at `connect` that this kernel is to be asked for. */
export function connectPrograms(
  fentry: boolean = probeAttach('fentry').answer === 'supported',
): readonly string[] {
  return fentry ? AT_FUNCTION : AT_CGROUP
}

/**
 * Attaches the programs at `connect`; nothing is reported by them unless what they do is complete.
 * Throws UnsupportedError.
 */
export function attachConnect(object: BpfObject, programs: readonly string[]): void {
  if (programs !== AT_CGROUP) {
    for (const one of programs) asUnsupported(`attach ${one}`, () => object.attach(one))
    return
  }
  const cgroup = cgroup2Root()
  if (cgroup === undefined) {
    throw new UnsupportedError('no cgroup v2 hierarchy is mounted', MOUNT_CGROUP2)
  }
  for (const one of programs) {
    const first = one !== 'sockets_release'
    asUnsupported(`attach ${one}`, () => object.attachCgroup(one, cgroup, { first }))
  }
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
    object.attachIterator('sockets_walk', { map: 'sockets' }),
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
