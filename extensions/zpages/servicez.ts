import { hostname, release } from 'node:os'
import { formatDuration } from '../../src/config/index.ts'
import { thisProcess } from '../../src/telemetry/process_metrics.ts'
import { isoTime, type Page } from './page.ts'

const MIB = 1024 * 1024

/** The agent: what it is, since when it runs, what it takes. */
export const servicez: Page = {
  path: '/debug/servicez',
  summary: 'The agent: what it is, since when it runs, what it takes.',
  read: ({ version, nowMs, host }) => {
    const uptime = thisProcess.uptime()
    const data = {
      version,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      kernel: release(),
      hostname: hostname(),
      pid: process.pid,
      started: isoTime(nowMs - uptime * 1_000),
      uptime_seconds: Math.floor(uptime),
      cpu_seconds: thisProcess.cpuSeconds(),
      memory_rss_bytes: thisProcess.rssBytes(),
      heap_bytes: thisProcess.heapBytes(),
      pipelines: host.pipelines().length,
      components: host.statuses().length,
    }
    const rows = [
      ['Version', version],
      ['Node.js', `${data.node} on ${data.platform}`],
      ['Kernel', data.kernel],
      ['Host', data.hostname],
      ['Process', String(data.pid)],
      ['Started', data.started],
      ['Running for', formatDuration(data.uptime_seconds * 1_000)],
      ['CPU time', `${data.cpu_seconds.toFixed(1)} s`],
      ['Resident memory', `${(data.memory_rss_bytes / MIB).toFixed(1)} MiB`],
      ['Heap in use', `${(data.heap_bytes / MIB).toFixed(1)} MiB`],
      ['Pipelines', String(data.pipelines)],
      ['Components', String(data.components)],
    ]
    return { data, sections: [{ title: '', head: ['What', 'Value'], rows }] }
  },
}
