import { existsSync, readFileSync } from 'node:fs'
import { ContainerTable } from '../../src/helpers/container_table.ts'
import { enabledOf, MetricBuilder } from '../../src/helpers/metric_table.ts'
import { netDevices } from '../../src/helpers/net_devices.ts'
import type { Scraped, ScrapeFailure, Scraper } from '../../src/helpers/scraper.ts'
import { Turns } from '../../src/helpers/turns.ts'
import type { MetricGroup } from '../../src/pdata/metrics.ts'
import type { Scope } from '../../src/pdata/resource.ts'
import type { ContainerStatsConfig } from './config.ts'
import { type Controller, type Hierarchies, hierarchiesIn } from './hierarchies.ts'
import { Identities, type Identity } from './identities.ts'
import { addNetwork, addStats, type Name, TABLE } from './metrics.ts'
import { firstProcess } from './processes.ts'
import { deviceNames, hostNamespace, networkNamespace, readIfThere } from './reading.ts'
import { readV1 } from './read_v1.ts'
import { readV2 } from './read_v2.ts'
import type { CgroupStats, ReadFile } from './stats.ts'
import { findTargets, type Target } from './walk.ts'

/** Where containers are looked for. */
export interface ContainerSources {
  /** Where the proc filesystem is mounted. */
  readonly proc?: string
  /** `/proc/self/mountinfo`, which says where cgroups are mounted. */
  readonly mountinfo?: () => string
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly containers?: ContainerTable
  readonly host?: string
  readonly read?: ReadFile
}

/** What one scrape has at hand. */
interface Pass {
  readonly groups: MetricGroup[]
  readonly failures: ScrapeFailure[]
  /** Network namespaces that are told of already, and the host's, which belongs to no container. */
  readonly namespaces: Set<string | undefined>
  readonly nameOfDevice: (device: string) => string
}

/** Reads what every container has used. */
export class ContainerScraper implements Scraper {
  readonly name = 'containers'
  readonly #units: boolean
  readonly #enabled: ReadonlySet<Name>
  readonly #scope: Scope
  readonly #proc: string
  readonly #mountinfo: () => string
  readonly #now: () => number
  readonly #read: ReadFile
  readonly #identities: Identities
  #gone = 0

  constructor(
    config: Pick<ContainerStatsConfig, 'select' | 'exclude' | 'units' | 'metrics'>,
    version: string,
    {
      proc = '/proc',
      mountinfo = () => readFileSync('/proc/self/mountinfo', 'utf8'),
      now = Date.now,
      read = readIfThere,
      containers = new ContainerTable({ roots: ['', `${proc}/1/root`] }),
      host,
    }: ContainerSources = {},
  ) {
    const { select, exclude, units, metrics } = config
    this.#units = units
    this.#enabled = enabledOf(TABLE, metrics)
    this.#scope = { name: 'waggle/container_stats', version }
    this.#proc = proc
    this.#mountinfo = mountinfo
    this.#now = now
    this.#read = read
    this.#identities = new Identities({ select, exclude, proc, containers, ...(host && { host }) })
  }

  /** Cgroups that disappeared while they were looked at. */
  get gone(): number {
    return this.#gone
  }

  async scrape(): Promise<Scraped> {
    const turns = new Turns()
    const hierarchies = hierarchiesIn(this.#mountinfo())
    const onGone = (): void => void this.#gone++
    const targets = await findTargets(hierarchies, { units: this.#units, turns, onGone })
    const pass = this.#begin()
    for (const target of targets.values()) {
      this.#scrapeTarget(target, hierarchies, pass)
      await turns.next()
    }
    this.#identities.keep(targets)
    return pass
  }

  #begin(): Pass {
    const namespaces = new Set([undefined, hostNamespace(this.#proc)])
    return { groups: [], failures: [], namespaces, nameOfDevice: deviceNames(this.#proc) }
  }

  #scrapeTarget(target: Target, hierarchies: Hierarchies, pass: Pass): void {
    try {
      const pid = firstProcess(target, this.#read)
      const nowMs = this.#now()
      const identity = this.#identities.of(target, pid, nowMs)
      if (identity.leftOut) return
      const stats = statsOf(target, hierarchies, this.#read)
      if (hasGone(target, stats)) return void this.#gone++
      const out = this.#builder(identity, nowMs)
      if (identity.startMs !== undefined)
        out.add('container.uptime', (nowMs - identity.startMs) / 1000)
      out.add('container.cpu.usage', cpuUsage(identity, stats, nowMs))
      addStats(out, stats, pass.nameOfDevice)
      if (pid !== 0) this.#scrapeNetwork(pid, identity, out, nowMs, pass)
      pass.groups.push(out.group(identity.resource, this.#scope))
    } catch (error) {
      pass.failures.push({ metrics: this.#enabled.size, error })
    }
  }

  /** A namespace that several share is told of once; that of a pod belongs to all of its containers. */
  #scrapeNetwork(
    pid: number,
    { pod, startMs }: Identity,
    out: MetricBuilder<Name>,
    nowMs: number,
    { namespaces, groups, failures }: Pass,
  ): void {
    try {
      const namespace = networkNamespace(this.#proc, pid)
      if (namespaces.has(namespace)) return
      const text = this.#read(`${this.#proc}/${pid}/net/dev`)
      if (text === undefined) return
      namespaces.add(namespace)
      const devices = netDevices(text)
      if (!pod) return addNetwork(out, devices, 'container')
      const ofPod = this.#builder({ startMs }, nowMs)
      addNetwork(ofPod, devices, 'pod')
      groups.push(ofPod.group(pod, this.#scope))
    } catch (error) {
      failures.push({ metrics: 1, error })
    }
  }

  #builder({ startMs }: Pick<Identity, 'startMs'>, nowMs: number): MetricBuilder<Name> {
    const times = { startNs: nanoseconds(startMs ?? 0), timeNs: nanoseconds(nowMs) }
    return new MetricBuilder(TABLE, this.#enabled, times)
  }
}

/** Nothing could be read, and there is nothing any more to read it from. */
function hasGone({ folders }: Target, stats: CgroupStats): boolean {
  if (Object.values(stats).some((part) => part !== undefined)) return false
  return !Object.values(folders).some((folder) => existsSync(folder))
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n
}

/** What v1 controllers count counts; the rest comes from the v2 hierarchy, which has CPU time always. */
function statsOf({ folders }: Target, { v1 }: Hierarchies, read: ReadFile): CgroupStats {
  const { unified, cpuacct } = folders
  const elsewhere = new Set<Controller>(v1.keys())
  if (cpuacct === undefined) elsewhere.delete('cpuacct')
  const fromV2 = unified === undefined ? {} : readV2(unified, elsewhere, read)
  return v1.size === 0 ? fromV2 : { ...fromV2, ...readV1(folders, read) }
}

/** CPUs in use since the last scrape; undefined at the first. */
function cpuUsage(identity: Identity, { cpu }: CgroupStats, nowMs: number): number | undefined {
  const before = identity.cpu
  const seconds = cpu?.total
  if (seconds === undefined) return undefined
  identity.cpu = { seconds, atMs: nowMs }
  if (!before || nowMs <= before.atMs) return undefined
  return (Math.max(0, seconds - before.seconds) * 1000) / (nowMs - before.atMs)
}
