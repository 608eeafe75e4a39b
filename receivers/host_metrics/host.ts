import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { type MetricTable, MetricBuilder } from '../../src/helpers/metric_table.ts'
import { Resource, type Scope } from '../../src/pdata/resource.ts'

/** Clock ticks of /proc in a second (USER_HZ, sysconf(_SC_CLK_TCK)): 100 on every Linux of today. */
export const TICKS = 100

/** What scrapers read from. */
export interface HostOptions {
  /** Where the host's root filesystem is; empty: `/`. */
  readonly rootPath: string
  /** This build of Waggle. */
  readonly version: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** The host that is scraped: its files, and whose metrics they become. */
export class Host {
  readonly rootPath: string
  readonly scope: Scope
  readonly resource: Resource
  readonly #now: () => number
  #bootNs: bigint | undefined

  constructor({ rootPath, version, now = Date.now }: HostOptions) {
    this.rootPath = rootPath.replace(/\/+$/, '')
    this.scope = { name: 'waggle/host_metrics', version }
    this.resource = new Resource({ 'host.name': nameOf(this.rootPath), 'os.type': 'linux' })
    this.#now = now
  }

  /** A file or folder of the host's proc filesystem. */
  proc(path: string): string {
    return `${this.rootPath}/proc/${path}`
  }

  /** The text of a file of the host's proc filesystem; throws where it cannot be read. */
  read(path: string): string {
    return readFileSync(this.proc(path), 'utf8')
  }

  /** Begins the metrics of a scrape. What the kernel counts, it counts since it was booted. */
  builder<N extends string>(table: MetricTable<N>, enabled: ReadonlySet<N>): MetricBuilder<N> {
    const timeNs = BigInt(this.#now()) * 1_000_000n
    return new MetricBuilder(table, enabled, { startNs: this.bootNs, timeNs })
  }

  /** When the kernel was booted, in nanoseconds since 1970. */
  get bootNs(): bigint {
    this.#bootNs ??= bootTime(this.read('stat'))
    return this.#bootNs
  }
}

function bootTime(stat: string): bigint {
  const [, seconds = '0'] = /^btime (\d+)/m.exec(stat) ?? []
  return BigInt(seconds) * 1_000_000_000n
}

/** The agent in a container has a name of its own. */
function nameOf(rootPath: string): string {
  if (rootPath === '') return hostname()
  try {
    return readFileSync(`${rootPath}/proc/sys/kernel/hostname`, 'utf8').trim() || hostname()
  } catch {
    return hostname()
  }
}
