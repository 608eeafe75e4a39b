import type { BpfObject } from 'libbpf-addon'
import type { Observable } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { ContainerTable } from '../../src/helpers/container_table.ts'
import { ScrapeReceiver } from '../../src/helpers/scrape_receiver.ts'
import { cgroup2Root } from '../../src/kernel/cgroup.ts'
import { CpuCounters } from '../../src/kernel/cpu_counters.ts'
import { MissedRuns } from '../../src/kernel/missed_runs.ts'
import { type LoadedObject, loadObject, openObject } from '../../src/kernel/objects.ts'
import { ProgramCost } from '../../src/kernel/program_cost.ts'
import { ProgramMetrics } from '../../src/kernel/program_metrics.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { CgroupPaths } from './cgroup_paths.ts'
import type { EbpfFilesConfig } from './config.ts'
import { Owners } from './owners.ts'
import { attachPrograms, LOSING_PROGRAMS, OPTIONAL_PROGRAMS } from './programs.ts'
import { BOUNDS, FILE_COUNTERS, PATH_SIZE } from './record.ts'
import { FileScraper } from './scraper.ts'
import { readTable } from './table.ts'

/** Attaches the programs of `bpf/files` and tells what they count at each beat. */
export class EbpfFilesReceiver implements Receiver {
  readonly batches$: Observable<Batch>
  readonly #settings: Settings
  readonly #config: EbpfFilesConfig
  readonly #open: () => BpfObject
  readonly #scraper: FileScraper
  readonly #scrapes: ScrapeReceiver
  readonly #key = Buffer.alloc(8)
  readonly #path = Buffer.alloc(PATH_SIZE)
  #object: BpfObject | undefined
  #metrics: ProgramMetrics | undefined

  constructor(
    settings: Settings,
    config: EbpfFilesConfig,
    open: () => BpfObject = () => openObject('files'),
  ) {
    this.#settings = settings
    this.#config = config
    this.#open = open
    this.#scraper = new FileScraper({
      read: () => (this.#object ? readTable(this.#object.map('totals')) : []),
      remove: (key) => this.#object?.map('totals').delete(key),
      owners: this.#owners(),
      version: settings.version,
    })
    const { collection_interval } = config
    this.#scrapes = new ScrapeReceiver(settings, {
      collection_interval,
      initial_delay: collection_interval,
      scrapers: [this.#scraper],
      scrapesAtEnd: true,
    })
    this.batches$ = this.#scrapes.batches$
    this.#countSums()
  }

  async start(): Promise<void> {
    const { object, refused } = this.#load()
    this.#object = object
    try {
      this.#watch(object)
      attachPrograms(object, refused)
    } catch (error) {
      this.#detach()
      throw error
    }
    await this.#scrapes.start()
  }

  async shutdown(): Promise<void> {
    await this.#scrapes.shutdown()
    this.#detach()
  }

  #owners(): Owners {
    return new Owners({
      ...this.#config,
      proc: '/proc',
      cgroups: new CgroupPaths({ root: cgroup2Root, noted: (id) => this.#notedPath(id) }),
      containers: new ContainerTable(),
    })
  }

  #load(): LoadedObject {
    return loadObject({
      open: this.#open,
      configure: (object) => {
        const bounds = BOUNDS.map((seconds) => BigInt(Math.round(seconds * 1e9)))
        object.setConstant('bounds_ns', Buffer.from(BigUint64Array.from(bounds).buffer))
        object.setConstant('own_pid', process.pid)
        object.setConstant('by_process', this.#config.by === 'process')
        object.setMaxEntries('totals', this.#config.max_sums)
      },
      optional: Object.keys(OPTIONAL_PROGRAMS),
      onRefused: (program, error) => {
        const effect = OPTIONAL_PROGRAMS[program]
        this.#settings.log.warn({ program, effect, error }, 'Going on without a program.')
      },
    })
  }

  #watch(object: BpfObject): void {
    const counters = new CpuCounters(object.map('counters'), FILE_COUNTERS)
    const missed = new MissedRuns(object, LOSING_PROGRAMS)
    this.#metrics = new ProgramMetrics(this.#settings.meter, 'files', {
      counters: {
        read: () => ({ ...counters.read(), missed: missed.read() }),
        readEach: () => ({ ...counters.readEach(), missed: [missed.read()] }),
      },
      losses: [...FILE_COUNTERS, 'missed'],
      cost: new ProgramCost({ object, log: this.#settings.log }),
    })
  }

  #countSums(): void {
    const { meter } = this.#settings
    meter.gauge(
      {
        name: 'waggle.files.sums',
        description: 'Sums that the kernel keeps, each of an owner, an operation and an error.',
        unit: '{sum}',
      },
      (observe) => observe(this.#scraper.live),
    )
    meter.counter(
      {
        name: 'waggle.files.removed',
        description: 'Sums that were removed since their process or cgroup is gone.',
        unit: '{sum}',
      },
      (observe) => observe(this.#scraper.removed),
    )
  }

  /** What the kernel has noted of a cgroup when it was made. */
  #notedPath(id: number): string {
    this.#key.writeBigUInt64LE(BigInt(id))
    const found = this.#object?.map('paths').lookup(this.#key, this.#path)
    return found ? found.toString('utf8', 0, found.indexOf(0)) : ''
  }

  /** Closing the object closes its links and maps. */
  #detach(): void {
    this.#metrics?.close()
    this.#object?.close()
    this.#object = undefined
  }
}
