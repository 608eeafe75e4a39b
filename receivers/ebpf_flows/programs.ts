import { type BpfObject, type IteratorLink, tracepointArguments } from 'libbpf-addon'
import { UnsupportedError } from '../../src/component/errors.ts'
import { cgroup2Root, MOUNT_CGROUP2 } from '../../src/kernel/cgroup.ts'
import type { ConnectPrograms } from '../../src/kernel/connect_hooks.ts'
import { asUnsupported } from '../../src/kernel/objects.ts'
import { walkReports } from '../../src/kernel/walks.ts'
import type { EbpfFlowsConfig } from './config.ts'
import type { Direction } from './interfaces.ts'
import {
  WITHOUT_ASKED,
  WITHOUT_BIND,
  WITHOUT_DROPS,
  WITHOUT_INTERFACES,
  WITHOUT_OLDER,
  WITHOUT_RELEASE,
  WITHOUT_STATE,
  WITHOUT_TCP,
} from './preflight.ts'
import { REPORT_SIZE } from './record.ts'

/** Programs that see what `connect` is given. */
export const CONNECT: ConnectPrograms = {
  atFunction: ['flows_connect', 'flows_connect_udp'],
  atCgroup: ['flows_connect4', 'flows_connect6'],
}

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
  flows_frame_in: WITHOUT_INTERFACES,
  flows_frame_out: WITHOUT_INTERFACES,
  flows_connect: WITHOUT_ASKED,
  flows_connect_udp: WITHOUT_ASKED,
  flows_connect4: WITHOUT_ASKED,
  flows_connect6: WITHOUT_ASKED,
}

/** Programs for kernels that refuse those named first: before 5.11. */
export const FALLBACKS: Readonly<Record<string, string>> = {
  flows_walk_udp: 'flows_walk_udp_5_10',
}

/** What is attached to the root cgroup, in the order in which nothing is missed. */
const AT_CGROUP = ['flows_bind4', 'flows_bind6', 'flows_release', 'flows_egress', 'flows_ingress']

/** Programs of UDP alone, and of TCP alone. */
const OF_PROTOCOL = {
  udp: [...AT_CGROUP, 'flows_walk_udp', 'flows_walk_udp_5_10'],
  tcp: ['flows_state', 'flows_packet', 'flows_walk_tcp'],
} as const

/** Programs at interfaces. */
const AT_INTERFACES: readonly Direction[] = [
  { program: 'flows_frame_in', direction: 'ingress' },
  { program: 'flows_frame_out', direction: 'egress' },
]

/** What does not run where one direction alone is counted. */
const OF_DIRECTION = {
  both: [],
  sent: ['flows_ingress', 'flows_frame_in'],
  received: ['flows_egress', 'flows_frame_out'],
} as const

/** Programs that nobody has asked for. */
export function unasked({
  protocols,
  filters,
  interfaces,
  dns,
}: Pick<EbpfFlowsConfig, 'protocols' | 'filters' | 'interfaces' | 'dns'>): Set<string> {
  const without = (['tcp', 'udp'] as const).filter((protocol) => !protocols.includes(protocol))
  // An answer goes the other way than its question.
  const oneWay = OF_DIRECTION[filters.direction].filter(
    (program) => !(dns.enabled && AT_CGROUP.includes(program)),
  )
  return new Set([
    ...oneWay,
    ...without.flatMap((protocol) => [...OF_PROTOCOL[protocol]]),
    ...(interfaces.length === 0 ? AT_INTERFACES.map(({ program }) => program) : []),
  ])
}

/** What is to be attached to interfaces. */
export function interfaceDirections(absent: ReadonlySet<string>): Direction[] {
  return AT_INTERFACES.filter(({ program }) => !absent.has(program))
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
    [['flows_walk_tcp'], 'tcp_flows', 'TCP flows are counted at their end only'],
    [
      ['flows_walk_udp', 'flows_walk_udp_5_10'],
      'udp_flows',
      'UDP flows are counted at their end only',
    ],
  ] as const
  return walks.flatMap(([programs, map, effect]) => {
    const program = programs.find((name) => !absent.has(name))
    if (program === undefined) return []
    const options = map === 'tcp_flows' ? { map, beside: walkReports(REPORT_SIZE) } : { map }
    const link = asUnsupported(`attach ${program}`, () => object.attachIterator(program, options))
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
