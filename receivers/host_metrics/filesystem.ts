import { statfs } from 'node:fs/promises'
import { z } from 'zod'
import {
  enabledOf,
  type MetricBuilder,
  metricSwitches,
  type MetricTable,
} from '../../src/helpers/metric_table.ts'
import { nameFilter, nameList } from '../../src/helpers/name_filter.ts'
import { isGone, type ScrapeFailure, type Scraper } from '../../src/helpers/scraper.ts'
import type { Host } from './host.ts'
import { type Mount, mountsIn, namesOnDisks } from './mounts.ts'
import { type FilesystemSize, SizeReader } from './sizes.ts'

type Name = `system.filesystem.${'usage' | 'inodes.usage' | 'utilization'}`

const TABLE: MetricTable<Name> = {
  'system.filesystem.usage': { type: 'updown', unit: 'By', description: 'Bytes of filesystems.' },
  'system.filesystem.inodes.usage': {
    type: 'updown',
    unit: '{inodes}',
    description: 'Inodes of filesystems.',
  },
  'system.filesystem.utilization': {
    type: 'gauge',
    unit: '1',
    double: true,
    optional: true,
    description: 'Share of the bytes that users may have that is used.',
  },
}

/** Options of `scrapers.filesystem`. */
export const filesystemConfig = z.strictObject({
  metrics: metricSwitches(TABLE),
  include_virtual_filesystems: z
    .boolean()
    .default(false)
    .describe('Also those that are on no disk: tmpfs, overlay, NFS and the like.'),
  include_devices: nameList('devices', 'devices').describe('Only these devices. Unset: all.'),
  exclude_devices: nameList('devices', 'devices').describe('Not these.'),
  include_fs_types: nameList('fs_types', 'types').describe('Only these types. Unset: all.'),
  exclude_fs_types: nameList('fs_types', 'types').describe('Not these.'),
  include_mount_points: nameList('mount_points', 'mount points').describe(
    'Only these mount points. Unset: all.',
  ),
  exclude_mount_points: nameList('mount_points', 'mount points').describe('Not these.'),
})

/** Room in the host's filesystems (statfs(2)), asked beside the JavaScript thread: some never answer. */
export function filesystemScraper(
  config: z.output<typeof filesystemConfig>,
  host: Host,
  ask: typeof statfs = statfs,
): Scraper {
  const enabled = enabledOf(TABLE, config.metrics)
  const isTaken = mountFilter(config)
  const reader = new SizeReader(ask)
  return {
    name: 'filesystem',
    scrape: async () => {
      const out = host.builder(TABLE, enabled)
      const failures: ScrapeFailure[] = []
      const onDisks = namesOnDisks(host.read('filesystems'))
      const mounts = mountsIn(mountText(host)).filter(
        (mount) =>
          (config.include_virtual_filesystems || onDisks.has(mount.type)) && isTaken(mount),
      )
      await Promise.all(
        mounts.map(async (mount) => {
          try {
            addSize(out, mount, await reader.read(`${host.rootPath}${mount.point}`))
          } catch (error) {
            if (!isGone(error)) failures.push({ metrics: enabled.size, error })
          }
        }),
      )
      return { groups: [out.group(host.resource, host.scope)], failures }
    },
  }
}

/** The mounts of process 1 are the host's, whatever the agent's own are. */
function mountText(host: Host): string {
  try {
    return host.read('1/mounts')
  } catch {
    return host.read('self/mounts')
  }
}

function mountFilter(config: z.output<typeof filesystemConfig>): (mount: Mount) => boolean {
  const device = nameFilter(config.include_devices, config.exclude_devices)
  const type = nameFilter(config.include_fs_types, config.exclude_fs_types)
  const point = nameFilter(config.include_mount_points, config.exclude_mount_points)
  return (mount) => device(mount.device) && type(mount.type) && point(mount.point)
}

function addSize(out: MetricBuilder<Name>, mount: Mount, size: FilesystemSize): void {
  const { device, mode, point: mountpoint, type } = mount
  const attributes = { device, mode, mountpoint, type }
  const { bytes, inodes } = size
  for (const state of ['used', 'free', 'reserved'] as const)
    out.add('system.filesystem.usage', bytes[state], { ...attributes, state })
  for (const state of ['used', 'free'] as const)
    out.add('system.filesystem.inodes.usage', inodes[state], { ...attributes, state })
  const mayBeUsed = bytes.used + bytes.free
  if (mayBeUsed > 0) out.add('system.filesystem.utilization', bytes.used / mayBeUsed, attributes)
}
