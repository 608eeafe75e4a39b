import type { Scraped, Scraper } from '../../src/helpers/scraper.ts'
import type { MetricGroup } from '../../src/pdata/metrics.ts'
import type { Scope } from '../../src/pdata/resource.ts'
import { metricsOf, placeOf } from './metrics.ts'
import type { Owner, Owners } from './owners.ts'
import { added, type Entry, type Sum } from './table.ts'

/** What the scraper reads from. */
export interface FileSources {
  readonly read: () => readonly Entry[]
  readonly remove: (key: Buffer) => void
  readonly owners: Pick<Owners, 'learn' | 'of' | 'isGone' | 'forget'>
  readonly version: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** What is kept of an owner from one scrape to the next. */
interface Kept {
  /** Of entries that were removed. */
  readonly retired: Map<number, Sum>
  /** Nanoseconds since 1970. */
  readonly sinceNs: bigint
}

/** What is told of an owner. */
interface Told {
  readonly owner: Owner
  readonly sums: Map<number, Sum>
  live: number
}

/**
 * Tells the sums that the kernel keeps. Those of a process or cgroup that is gone are told a last time;
 * then they make room, and what they counted stays in the sums of an owner that goes on.
 */
export class FileScraper implements Scraper {
  readonly name = 'files'
  readonly #sources: FileSources
  readonly #scope: Scope
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()
  #beforeNs: bigint
  #live = 0
  #removed = 0

  constructor(sources: FileSources) {
    this.#sources = sources
    this.#scope = { name: 'waggle/ebpf_files', version: sources.version }
    this.#now = sources.now ?? Date.now
    this.#beforeNs = this.#nowNs()
  }

  /** Sums that the kernel keeps, as of the last scrape. */
  get live(): number {
    return this.#live
  }

  /** Sums that were removed because nothing more can come to them. */
  get removed(): number {
    return this.#removed
  }

  async scrape(): Promise<Scraped> {
    const timeNs = this.#nowNs()
    const all = new Map<string, Told>()
    const entries = this.#sources.read()
    const gone: Entry[] = []
    await this.#sources.owners.learn(entries)
    for (const entry of entries) {
      const told = this.#toldOf(entry, all)
      if (this.#sources.owners.isGone(entry)) gone.push(entry)
      else told.live++
      add(told.sums, entry)
    }
    const groups = this.#groupsOf(all, timeNs)
    for (const entry of gone) this.#retire(entry)
    this.#forget(all)
    this.#beforeNs = timeNs
    this.#live = entries.length - gone.length
    return { groups, failures: [] }
  }

  #toldOf(entry: Entry, all: Map<string, Told>): Told {
    const owner = this.#sources.owners.of(entry)
    const known = all.get(owner.key)
    if (known) return known
    const kept = this.#kept.get(owner.key) ?? { retired: new Map(), sinceNs: this.#beforeNs }
    this.#kept.set(owner.key, kept)
    const told = { owner, sums: new Map(kept.retired), live: 0 }
    all.set(owner.key, told)
    return told
  }

  #groupsOf(all: ReadonlyMap<string, Told>, timeNs: bigint): MetricGroup[] {
    return [...all].flatMap(([key, { owner, sums }]) => {
      if (owner.leftOut) return []
      const startNs = this.#kept.get(key)!.sinceNs
      const metrics = metricsOf(sums, { startNs, timeNs })
      return [{ resource: owner.resource, scope: this.#scope, metrics }]
    })
  }

  #retire(entry: Entry): void {
    const { owners, remove } = this.#sources
    add(this.#kept.get(owners.of(entry).key)!.retired, entry)
    remove(entry.key)
    this.#removed++
  }

  /** The rest of the host goes on whatever comes and goes. */
  #forget(all: ReadonlyMap<string, Told>): void {
    for (const key of this.#kept.keys()) {
      if (key === '' || (all.get(key)?.live ?? 0) > 0) continue
      this.#kept.delete(key)
      this.#sources.owners.forget(key)
    }
  }

  #nowNs(): bigint {
    return BigInt(this.#now()) * 1_000_000n
  }
}

function add(sums: Map<number, Sum>, entry: Entry): void {
  const place = placeOf(entry)
  const before = sums.get(place)
  sums.set(place, before ? added(before, entry.sum) : entry.sum)
}
