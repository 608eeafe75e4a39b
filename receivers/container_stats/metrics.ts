import type { MetricBuilder, MetricTable } from '../../src/helpers/metric_table.ts'
import type { NetDevice } from '../../src/helpers/net_devices.ts'
import type { CgroupStats } from './stats.ts'

/** The metrics of containers, and those of the network of a pod, which its containers share. */
export type Name =
  | 'container.uptime'
  | `container.cpu.${'time' | 'usage'}`
  | `waggle.container.cpu.${'limit' | 'periods' | 'throttled.periods' | 'throttled.time'}`
  | `container.memory.${'usage' | 'working_set' | 'rss' | 'available'}`
  | `waggle.container.memory.${'limit' | 'oom_kills'}`
  | 'container.paging.faults'
  | 'container.disk.io'
  | 'waggle.container.disk.operations'
  | `waggle.container.threads${'' | '.limit'}`
  | 'container.network.io'
  | `waggle.container.network.${'packets' | 'errors' | 'dropped'}`
  | `k8s.pod.network.${'io' | 'errors'}`
  | `waggle.pod.network.${'packets' | 'dropped'}`

const bytes = { type: 'updown', unit: 'By' } as const
const seconds = { type: 'counter', unit: 's', double: true } as const
const cpus = { type: 'gauge', unit: '{cpu}', double: true } as const
const packets = { type: 'counter', unit: '{packet}' } as const
const received = 'received and sent, by interface.'

/** Names of the semantic conventions where they have one. */
export const TABLE: MetricTable<Name> = {
  'container.uptime': {
    type: 'gauge',
    unit: 's',
    double: true,
    description: 'Time that the container has been running.',
  },
  'container.cpu.time': { ...seconds, description: 'CPU time that was used, by mode.' },
  'container.cpu.usage': {
    ...cpus,
    description: 'CPUs in use, over the time since the last scrape.',
  },
  'waggle.container.cpu.limit': {
    ...cpus,
    description: 'CPUs that may be used at most, where there is a limit.',
  },
  'waggle.container.cpu.periods': {
    type: 'counter',
    unit: '{period}',
    description: 'Periods in which the CPU limit was watched over.',
  },
  'waggle.container.cpu.throttled.periods': {
    type: 'counter',
    unit: '{period}',
    description: 'Periods in which the CPU limit was reached.',
  },
  'waggle.container.cpu.throttled.time': {
    ...seconds,
    description: 'Time for which CPUs were withheld because the limit was reached.',
  },
  'container.memory.usage': { ...bytes, description: 'Memory in use, with cached files.' },
  'container.memory.working_set': {
    ...bytes,
    description: 'Memory in use, without cached files that have not been used of late.',
  },
  'container.memory.rss': { ...bytes, description: 'Anonymous memory in use.' },
  'container.memory.available': {
    ...bytes,
    description: 'Memory from the working set up to the limit, where there is one.',
  },
  'waggle.container.memory.limit': { ...bytes, description: 'Memory limit, where there is one.' },
  'waggle.container.memory.oom_kills': {
    type: 'counter',
    unit: '{process}',
    description: 'Processes that were killed because memory ran out.',
  },
  'container.paging.faults': {
    type: 'counter',
    unit: '{fault}',
    description: 'Page faults, by type.',
  },
  'container.disk.io': {
    type: 'counter',
    unit: 'By',
    description: 'Bytes read from and written to block devices.',
  },
  'waggle.container.disk.operations': {
    type: 'counter',
    unit: '{operation}',
    description: 'Reads and writes of block devices.',
  },
  'waggle.container.threads': {
    type: 'updown',
    unit: '{thread}',
    description: 'Threads there are.',
  },
  'waggle.container.threads.limit': {
    type: 'updown',
    unit: '{thread}',
    description: 'Threads there may be, where there is a limit.',
  },
  'container.network.io': { type: 'counter', unit: 'By', description: `Bytes ${received}` },
  'waggle.container.network.packets': { ...packets, description: `Packets ${received}` },
  'waggle.container.network.errors': {
    type: 'counter',
    unit: '{error}',
    description: `Errors, by interface.`,
  },
  'waggle.container.network.dropped': {
    ...packets,
    description: 'Packets that the interface dropped.',
  },
  'k8s.pod.network.io': { type: 'counter', unit: 'By', description: `Bytes ${received}` },
  'k8s.pod.network.errors': {
    type: 'counter',
    unit: '{error}',
    description: 'Errors, by interface.',
  },
  'waggle.pod.network.packets': { ...packets, description: `Packets ${received}` },
  'waggle.pod.network.dropped': { ...packets, description: 'Packets that the interface dropped.' },
}

const USER = { 'cpu.mode': 'user' }
const SYSTEM = { 'cpu.mode': 'system' }
const MAJOR = { 'system.paging.fault.type': 'major' }
const MINOR = { 'system.paging.fault.type': 'minor' }

/** Adds what a cgroup has used. @param nameOfDevice the name of a block device `8:0` */
export function addStats(
  out: MetricBuilder<Name>,
  stats: CgroupStats,
  nameOfDevice: (device: string) => string,
): void {
  addCpu(out, stats)
  addMemory(out, stats)
  for (const io of stats.io ?? []) {
    const device = nameOfDevice(io.device)
    const read = { 'disk.io.direction': 'read', 'system.device': device }
    const write = { 'disk.io.direction': 'write', 'system.device': device }
    out.add('container.disk.io', io.readBytes, read)
    out.add('container.disk.io', io.writeBytes, write)
    out.add('waggle.container.disk.operations', io.reads, read)
    out.add('waggle.container.disk.operations', io.writes, write)
  }
  out.add('waggle.container.threads', stats.pids?.current)
  out.add('waggle.container.threads.limit', stats.pids?.limit)
}

function addCpu(out: MetricBuilder<Name>, { cpu, throttling, cpuLimit }: CgroupStats): void {
  out.add('container.cpu.time', cpu?.user, USER)
  out.add('container.cpu.time', cpu?.system, SYSTEM)
  out.add('waggle.container.cpu.limit', cpuLimit)
  out.add('waggle.container.cpu.periods', throttling?.periods)
  out.add('waggle.container.cpu.throttled.periods', throttling?.throttledPeriods)
  out.add('waggle.container.cpu.throttled.time', throttling?.throttled)
}

function addMemory(out: MetricBuilder<Name>, { memory }: CgroupStats): void {
  if (!memory) return
  const { usage, inactiveFile, limit, faults, majorFaults } = memory
  const workingSet =
    usage === undefined || inactiveFile === undefined
      ? undefined
      : Math.max(0, usage - inactiveFile)
  out.add('container.memory.usage', usage)
  out.add('container.memory.working_set', workingSet)
  out.add('container.memory.rss', memory.rss)
  out.add('waggle.container.memory.limit', limit)
  if (limit !== undefined && workingSet !== undefined)
    out.add('container.memory.available', Math.max(0, limit - workingSet))
  out.add('waggle.container.memory.oom_kills', memory.oomKills)
  out.add('container.paging.faults', majorFaults, MAJOR)
  if (faults !== undefined && majorFaults !== undefined)
    out.add('container.paging.faults', Math.max(0, faults - majorFaults), MINOR)
}

const CONTAINER_NETWORK = {
  bytes: 'container.network.io',
  errors: 'waggle.container.network.errors',
  packets: 'waggle.container.network.packets',
  dropped: 'waggle.container.network.dropped',
} as const
const POD_NETWORK = {
  bytes: 'k8s.pod.network.io',
  errors: 'k8s.pod.network.errors',
  packets: 'waggle.pod.network.packets',
  dropped: 'waggle.pod.network.dropped',
} as const

/** Adds the interfaces of a network namespace, but for the loopback. */
export function addNetwork(
  out: MetricBuilder<Name>,
  devices: readonly NetDevice[],
  of: 'container' | 'pod',
): void {
  const names = of === 'pod' ? POD_NETWORK : CONTAINER_NETWORK
  for (const { name, receive, transmit } of devices) {
    if (name === 'lo') continue
    for (const [direction, counts] of Object.entries({ receive, transmit })) {
      const attributes = { 'network.interface.name': name, 'network.io.direction': direction }
      for (const what of ['bytes', 'packets', 'errors', 'dropped'] as const)
        out.add(names[what], counts[what], attributes)
    }
  }
}
