import { type BpfObject, type IteratorLink, tracepointArguments } from 'libbpf-addon'
import { UnsupportedError } from '../../src/component/errors.ts'
import { cgroup2Root, MOUNT_CGROUP2 } from '../../src/kernel/cgroup.ts'
import { asUnsupported } from '../../src/kernel/objects.ts'
import type { EbpfFlowsConfig } from './config.ts'
import {
  WITHOUT_BIND,
  WITHOUT_DROPS,
  WITHOUT_OLDER,
  WITHOUT_RELEASE,
  WITHOUT_STATE,
  WITHOUT_TCP,
} from './preflight.ts'

/** Programs that a kernel may refuse, and what is lost without them. */
export const OPTIONAL_PROGRAMS: Readonly<Record<string, string>> = {
  flows_state: WITHOUT_STATE,
  flows_packet: WITHOUT_STATE,
  flows_walk_tcp: WITHOUT_TCP,
  flows_release: WITHOUT_RELEASE,
  flows_bind4: WITHOUT_BIND,
  flows_bind6: WITHOUT_BIND,
  flows_older: WITHOUT_OLDER,
  flows_drop_2: WITHOUT_DROPS,
  flows_drop_3: WITHOUT_DROPS,
  flows_drop_4: WITHOUT_DROPS,
}

/** What is attached to the root cgroup, in the order in which nothing is missed. */
const AT_CGROUP = ['flows_bind4', 'flows_bind6', 'flows_release', 'flows_egress', 'flows_ingress']

/** Programs of UDP alone, and of TCP alone. */
const OF_PROTOCOL = {
  udp: [...AT_CGROUP, 'flows_walk_udp'],
  tcp: ['flows_state', 'flows_packet', 'flows_walk_tcp'],
} as const

/** Programs that nobody has asked for. */
export function unasked({
  protocols,
  filters,
  dns,
}: Pick<EbpfFlowsConfig, 'protocols' | 'filters' | 'dns'>): Set<string> {
  const direction = { both: [], sent: ['flows_ingress'], received: ['flows_egress'] } as const
  const without = (['tcp', 'udp'] as const).filter((protocol) => !protocols.includes(protocol))
  // An answer goes the other way than its question.
  const hooks = dns.enabled ? [] : direction[filters.direction]
  return new Set([...hooks, ...without.flatMap((protocol) => [...OF_PROTOCOL[protocol]])])
}

/** The program that sees drops, by how much this kernel tells it; undefined where none shall. */
export function dropProgram(
  { drops }: Pick<EbpfFlowsConfig, 'drops'>,
  args: number | undefined = tracepointArguments('kfree_skb'),
): string | undefined {
  if (!drops || args === undefined || args < 2) return undefined
  return `flows_drop_${Math.min(args, 4)}`
}

/** A walk over sockets that writes reports, and what is lost without it. */
export interface Walk {
  readonly link: IteratorLink
  readonly effect: string
}

/**
 * Attaches the programs of `bpf/flows` but those in `absent`. Returns the walks that report what has
 * happened. Throws UnsupportedError.
 */
export function attachPrograms(object: BpfObject, absent: ReadonlySet<string>): Walk[] {
  const cgroup = cgroup2Root()
  if (cgroup === undefined) {
    throw new UnsupportedError('no cgroup v2 hierarchy is mounted', MOUNT_CGROUP2)
  }
  for (const program of ['flows_state', 'flows_packet'].filter((name) => !absent.has(name))) {
    asUnsupported(`attach ${program}`, () => object.attach(program))
  }
  for (const program of AT_CGROUP.filter((name) => !absent.has(name))) {
    asUnsupported(`attach ${program} to the sockets of cgroup ${cgroup}`, () =>
      object.attachCgroup(program, cgroup),
    )
  }
  const walks = [
    ['flows_walk_tcp', 'tcp_flows', 'TCP flows are counted at their end only'],
    ['flows_walk_udp', 'udp_flows', 'UDP flows are counted at their end only'],
  ] as const
  return walks.flatMap(([program, map, effect]) => {
    if (absent.has(program)) return []
    const link = asUnsupported(`attach ${program}`, () => object.attachIterator(program, { map }))
    return [{ link, effect }]
  })
}

/** Makes the sockets known that are older than the agent, with their owners. */
export function meetOlderSockets(object: BpfObject): void {
  const link = object.attachIterator('flows_older')
  try {
    link.read()
  } finally {
    link.close()
  }
}
