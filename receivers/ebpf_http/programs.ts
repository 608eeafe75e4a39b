import type { BpfObject, IteratorLink } from 'libbpf-addon'
import { UnsupportedError } from '../../src/component/errors.ts'
import { cgroup2Root, MOUNT_CGROUP2 } from '../../src/kernel/cgroup.ts'
import { asUnsupported } from '../../src/kernel/objects.ts'
import { WITHOUT_OPEN, WITHOUT_OWNERS, WITHOUT_READ, WITHOUT_STATE } from './preflight.ts'

/** Programs that a kernel may refuse, and what is lost without them. */
export const OPTIONAL_PROGRAMS: Readonly<Record<string, string>> = {
  http_state: WITHOUT_STATE,
  http_state_packet: WITHOUT_STATE,
  http_read: WITHOUT_READ,
  http_open: WITHOUT_OPEN,
  http_sockops: WITHOUT_STATE,
  http_owners: WITHOUT_OWNERS,
}

/** Programs for kernels that refuse those named first: before 5.17, and before 5.11. */
export const FALLBACKS: Readonly<Record<string, string>> = {
  http_ingress: 'http_ingress_5_10',
  http_egress: 'http_egress_5_10',
  http_state: 'http_sockops',
  http_state_packet: 'http_sockops',
}

/**
 * Attaches the programs of `bpf/http`, the optional ones where the kernel has not refused them.
 * Returns the walk over all connections that reports what has been open for long, where there is
 * one. Throws UnsupportedError.
 */
export function attachPrograms(
  object: BpfObject,
  refused: ReadonlySet<string>,
): IteratorLink | undefined {
  const cgroup = cgroup2Root()
  if (cgroup === undefined) {
    throw new UnsupportedError('no cgroup v2 hierarchy is mounted', MOUNT_CGROUP2)
  }
  asUnsupported(`attach to the sockets of cgroup ${cgroup}`, () => {
    object.attachCgroup(loadedOf('http_egress', refused), cgroup)
    object.attachCgroup(loadedOf('http_ingress', refused), cgroup)
  })
  for (const program of ['http_state', 'http_state_packet', 'http_read']) {
    if (!refused.has(program)) asUnsupported(`attach ${program}`, () => object.attach(program))
  }
  if (refused.has('http_state') && !refused.has('http_sockops')) {
    asUnsupported('attach http_sockops', () => object.attachCgroup('http_sockops', cgroup))
  }
  if (refused.has('http_open')) return undefined
  return asUnsupported('attach http_open', () =>
    object.attachIterator('http_open', { map: 'connections' }),
  )
}

/** The program, or the one that stands in for it. */
function loadedOf(program: string, refused: ReadonlySet<string>): string {
  return refused.has(program) ? (FALLBACKS[program] ?? program) : program
}
