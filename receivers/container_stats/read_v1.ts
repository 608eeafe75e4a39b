import { keyValues } from '../../src/helpers/key_values.ts'
import { type CgroupStats, type DeviceIo, numberIn, type ReadFile, scaled } from './stats.ts'
import type { CgroupFolders } from './walk.ts'

/** Clock ticks in a second (USER_HZ). */
const TICKS = 100
/** A memory limit from here on is none: the kernel writes the largest number of whole pages. */
const NO_LIMIT = 2 ** 62

/** Reads the directories of cgroup v1 (Documentation/admin-guide/cgroup-v1). */
export function readV1(folders: CgroupFolders, read: ReadFile): CgroupStats {
  const { cpu, cpuacct, memory, blkio, pids } = folders
  return {
    ...(cpuacct !== undefined && cpuOf(read(`${cpuacct}/cpuacct.stat`))),
    ...(cpu !== undefined && throttlingOf(cpu, read)),
    ...(memory !== undefined && memoryOf(memory, read)),
    ...(blkio !== undefined && ioOf(blkio, read)),
    ...(pids !== undefined && pidsOf(pids, read)),
  }
}

/** Both in ticks; the kernel sees to it that they add up to the exact sum. */
function cpuOf(text: string | undefined): CgroupStats {
  if (text === undefined) return {}
  const values = keyValues(text)
  const [user, system] = [scaled(values.get('user'), TICKS), scaled(values.get('system'), TICKS)]
  const total = user === undefined || system === undefined ? undefined : user + system
  return { cpu: { user, system, total } }
}

function throttlingOf(folder: string, read: ReadFile): CgroupStats {
  const values = keyValues(read(`${folder}/cpu.stat`) ?? '')
  const periods = values.get('nr_periods')
  const quota = numberIn(read(`${folder}/cpu.cfs_quota_us`))
  const period = numberIn(read(`${folder}/cpu.cfs_period_us`))
  const cpuLimit = quota === undefined || quota <= 0 || !period ? undefined : quota / period
  if (periods === undefined) return { cpuLimit }
  const throttled = scaled(values.get('throttled_time'), 1e9)
  return {
    cpuLimit,
    throttling: { periods, throttledPeriods: values.get('nr_throttled'), throttled },
  }
}

/** The figures with `total_` are those of the cgroups below it too. */
function memoryOf(folder: string, read: ReadFile): CgroupStats {
  const usage = numberIn(read(`${folder}/memory.usage_in_bytes`))
  if (usage === undefined) return {}
  const stat = keyValues(read(`${folder}/memory.stat`) ?? '')
  const limit = stat.get('hierarchical_memory_limit')
  return {
    memory: {
      usage,
      inactiveFile: stat.get('total_inactive_file'),
      rss: stat.get('total_rss'),
      limit: limit === undefined || limit >= NO_LIMIT ? undefined : limit,
      faults: stat.get('total_pgfault'),
      majorFaults: stat.get('total_pgmajfault'),
      oomKills: keyValues(read(`${folder}/memory.oom_control`) ?? '').get('oom_kill'),
    },
  }
}

/**
 * `8:0 Read 1`, `8:0 Write 2`, ..., `Total 3`. Which of them counts depends on the kernel: newer ones
 * count for throttling only where there is a limit, and BFQ counts where it schedules the device.
 */
function ioOf(folder: string, read: ReadFile): CgroupStats {
  for (const policy of ['throttle', 'bfq']) {
    const bytes = byDevice(read(`${folder}/blkio.${policy}.io_service_bytes_recursive`))
    if (bytes.size === 0) continue
    const operations = byDevice(read(`${folder}/blkio.${policy}.io_serviced_recursive`))
    return { io: [...bytes].map(([device, one]) => deviceIo(device, one, operations.get(device))) }
  }
  return {}
}

type Counts = ReadonlyMap<string, number>

function deviceIo(device: string, bytes: Counts, operations: Counts = new Map()): DeviceIo {
  const [readBytes = 0, writeBytes = 0] = [bytes.get('Read'), bytes.get('Write')]
  const [reads = 0, writes = 0] = [operations.get('Read'), operations.get('Write')]
  return { device, readBytes, writeBytes, reads, writes }
}

function byDevice(text = ''): Map<string, Map<string, number>> {
  const devices = new Map<string, Map<string, number>>()
  for (const [, device = '', what = '', value] of text.matchAll(/^(\d+:\d+) (\w+) (\d+)$/gm)) {
    const values = devices.get(device) ?? new Map<string, number>()
    devices.set(device, values.set(what, Number(value)))
  }
  return devices
}

function pidsOf(folder: string, read: ReadFile): CgroupStats {
  const current = numberIn(read(`${folder}/pids.current`))
  if (current === undefined) return {}
  return { pids: { current, limit: numberIn(read(`${folder}/pids.max`)) } }
}
