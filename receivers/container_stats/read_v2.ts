import { keyValues } from '../../src/helpers/key_values.ts'
import type { Controller } from './hierarchies.ts'
import { type CgroupStats, type DeviceIo, numberIn, type ReadFile, scaled } from './stats.ts'

/**
 * Reads a directory of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst), but for the files of
 * controllers that are in hierarchies of v1: it has none of those.
 */
export function readV2(
  folder: string,
  elsewhere: ReadonlySet<Controller>,
  read: ReadFile,
): CgroupStats {
  return {
    ...(!elsewhere.has('cpuacct') && cpuOf(read(`${folder}/cpu.stat`))),
    ...(!elsewhere.has('cpu') && { cpuLimit: cpuLimitOf(read(`${folder}/cpu.max`)) }),
    ...(!elsewhere.has('memory') && memoryOf(folder, read)),
    ...(!elsewhere.has('blkio') && ioOf(read(`${folder}/io.stat`))),
    ...(!elsewhere.has('pids') && pidsOf(folder, read)),
  }
}

/** Usage is told without the controller too, throttling with it alone. */
function cpuOf(text: string | undefined): CgroupStats {
  if (text === undefined) return {}
  const values = keyValues(text)
  const seconds = (name: string): number | undefined => scaled(values.get(name), 1e6)
  const cpu = {
    user: seconds('user_usec'),
    system: seconds('system_usec'),
    total: seconds('usage_usec'),
  }
  const periods = values.get('nr_periods')
  if (periods === undefined) return { cpu }
  const throttledPeriods = values.get('nr_throttled')
  return { cpu, throttling: { periods, throttledPeriods, throttled: seconds('throttled_usec') } }
}

/** `50000 100000`: microseconds of CPU in each period; or `max 100000`. */
function cpuLimitOf(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').split(' ').map(numberIn)
  return quota === undefined || !period ? undefined : quota / period
}

function memoryOf(folder: string, read: ReadFile): CgroupStats {
  const usage = numberIn(read(`${folder}/memory.current`))
  if (usage === undefined) return {}
  const stat = keyValues(read(`${folder}/memory.stat`) ?? '')
  return {
    memory: {
      usage,
      inactiveFile: stat.get('inactive_file'),
      rss: stat.get('anon'),
      limit: numberIn(read(`${folder}/memory.max`)),
      faults: stat.get('pgfault'),
      majorFaults: stat.get('pgmajfault'),
      oomKills: keyValues(read(`${folder}/memory.events`) ?? '').get('oom_kill'),
    },
  }
}

/** `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`; a device may stand there without figures. */
function ioOf(text: string | undefined): CgroupStats {
  if (text === undefined) return {}
  const io = text.split('\n').flatMap((line): DeviceIo[] => {
    const [device = '', ...pairs] = line.trim().split(' ')
    const values = new Map(pairs.map((pair) => pair.split('=') as [string, string]))
    if (!values.has('rbytes')) return []
    const value = (name: string): number => Number(values.get(name) ?? 0)
    return [
      {
        device,
        readBytes: value('rbytes'),
        writeBytes: value('wbytes'),
        reads: value('rios'),
        writes: value('wios'),
      },
    ]
  })
  return { io }
}

function pidsOf(folder: string, read: ReadFile): CgroupStats {
  const current = numberIn(read(`${folder}/pids.current`))
  if (current === undefined) return {}
  return { pids: { current, limit: numberIn(read(`${folder}/pids.max`)) } }
}
