import type { BpfObject, IteratorLink, MapBatch } from 'libbpf-addon'
import { RingBuffer } from 'libbpf-addon'
import { type Observable, Subject } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import { countedDelivery } from '../../src/component/counted_delivery.ts'
import type { Settings } from '../../src/component/settings.ts'
import { countLeftOut } from '../../src/helpers/left_out.ts'
import { CpuCounters } from '../../src/kernel/cpu_counters.ts'
import { tellExcluded } from '../../src/kernel/excluded.ts'
import { type LoadedObject, loadObject, openObject } from '../../src/kernel/objects.ts'
import { ProgramCost } from '../../src/kernel/program_cost.ts'
import type { RecordBuffer } from '../../src/kernel/record_buffers.ts'
import { RingReader } from '../../src/kernel/ring_reader.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { HttpObservations } from '../../src/pdata/http_observations.ts'
import { HTTP_COUNTERS, type HttpCounter } from '../../src/pdata/http_record.ts'
import type { HttpTotals } from '../../src/pdata/http_total.ts'
import { WallClock } from '../../src/pdata/wall_clock.ts'
import { Chosen } from './chosen.ts'
import type { EbpfHttpConfig } from './config.ts'
import { HttpMetrics } from './metrics.ts'
import { type ExistingOwners, knownOwners } from './owners.ts'
import { WITHOUT_OPEN } from './preflight.ts'
import { attachPrograms, FALLBACKS, OPTIONAL_PROGRAMS } from './programs.ts'
import { readTotals } from './read_totals.ts'
import { kernelSampling } from './sampling.ts'
import { KernelTotals } from './totals.ts'

/** How often the kernel's counts are taken over, in milliseconds. */
const COUNT_INTERVAL_MS = 1000

/** Exchanges that the kernel saw and could not report; each is a drop with this reason. */
const LOSSES: readonly HttpCounter[] = [
  'ring_full',
  'no_storage',
  'pipelined',
  'listener',
  'abandoned',
  'totals_full',
]

/** What the kernel met and could not read as HTTP/1.x; no exchange by itself. */
const ODDITIES: readonly HttpCounter[] = [
  'response_only',
  'not_http',
  'bad_framing',
  'gap',
  'lost_sync',
]

/** How often connections are walked for exchanges that have been open for long, in milliseconds. */
const WALK_INTERVAL_MS = 2000

/** Attaches the programs of `bpf/http` at the root of the cgroup v2 hierarchy and reads its ring. */
export class EbpfHttpReceiver implements Receiver {
  readonly #settings: Settings
  readonly #config: EbpfHttpConfig
  readonly #open: () => BpfObject
  readonly #batches = new Subject<Batch>()
  readonly #clock = new WallClock()
  readonly #chosen: Chosen
  #object: BpfObject | undefined
  #owners: ExistingOwners | undefined
  #reader: RingReader | undefined
  #counters: CpuCounters<HttpCounter> | undefined
  #countTimer: NodeJS.Timeout | undefined
  #walk: IteratorLink | undefined
  #walkTimer: NodeJS.Timeout | undefined
  #totals: KernelTotals | undefined
  #metrics: HttpMetrics | undefined
  #ungovern: (() => void) | undefined
  #counted: Partial<Record<HttpCounter, number>> = {}

  constructor(
    settings: Settings,
    config: EbpfHttpConfig,
    open: () => BpfObject = () => openObject('http'),
  ) {
    this.#settings = settings
    this.#config = config
    this.#open = open
    this.#chosen = new Chosen(config, {
      onDecision: (pid, excluded) => {
        if (this.#object) tellExcluded(this.#object, pid, excluded)
      },
    })
    countLeftOut(settings.meter, this.#chosen)
  }

  get batches$(): Observable<Batch> {
    return this.#batches
  }

  async start(): Promise<void> {
    const { object, refused } = this.#load()
    this.#object = object
    try {
      this.#counters = new CpuCounters(object.map('counters'), HTTP_COUNTERS)
      const ring = new RingBuffer(object.map('exchanges'))
      const reader = new RingReader(ring, (buffer, count) => this.#emit(buffer, count))
      this.#reader = reader
      this.#metrics = new HttpMetrics(this.#settings.meter, {
        counters: this.#counters,
        losses: LOSSES,
        ring,
        peak: () => reader.peak,
        cost: new ProgramCost({ object, log: this.#settings.log }),
      })
      this.#walk = attachPrograms(object, this.#config.queue_time ? refused : without(refused))
      if (!refused.has('http_owners')) this.#owners = knownOwners(object, this.#settings.log)
    } catch (error) {
      this.#detach()
      throw error
    }
    this.#totals = KernelTotals.of(object)
    this.#govern(object)
    this.#reader.start()
    this.#countTimer = setInterval(() => {
      this.#takeCounts()
      this.#chosen.sweep()
    }, COUNT_INTERVAL_MS)
    this.#walkTimer = setInterval(() => {
      this.#reportOpen()
      this.#handTotals((totals) => totals.take())
    }, WALK_INTERVAL_MS)
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#countTimer)
    clearInterval(this.#walkTimer)
    this.#reader?.stop()
    this.#handTotals((totals) => totals.takeAll())
    this.#takeCounts()
    this.#sayOddities()
    this.#batches.complete()
    this.#detach()
  }

  #load(): LoadedObject {
    return loadObject({
      open: this.#open,
      configure: (object) => {
        object.setConstant('own_pid', this.#config.default_exclude.own_traffic ? process.pid : 0)
        object.setMaxEntries('exchanges', this.#config.ring_buffer_mib * 1024 * 1024)
        if (!this.#config.queue_time) object.setAutoload('http_read', false)
      },
      optional: Object.keys(OPTIONAL_PROGRAMS),
      fallbacks: FALLBACKS,
      onRefused: (program, error) => {
        const effect = OPTIONAL_PROGRAMS[program]
        this.#settings.log.warn({ program, effect, err: error }, 'Going on without a program.')
      },
    })
  }

  #govern(object: BpfObject): void {
    const { limits, counters } = this.#settings
    const governed = kernelSampling(object, {
      items: () => counters.in,
      programCores: () => this.#metrics?.programCores,
    })
    if (governed) this.#ungovern = limits.govern(governed)
  }

  /** Closing the object closes its links, maps and rings. */
  #detach(): void {
    this.#metrics?.close()
    this.#ungovern?.()
    this.#object?.close()
    this.#object = undefined
    this.#walk = undefined
    this.#totals = undefined
    this.#reader = undefined
    this.#counters = undefined
  }

  /** Has the kernel report what has been open for long; it can be done without. */
  #reportOpen(): void {
    try {
      this.#walk?.read()
    } catch (error) {
      this.#settings.log.warn(
        { effect: WITHOUT_OPEN, err: error },
        'Cannot walk connections any more.',
      )
      this.#walk = undefined
    }
  }

  /** Hands on what the kernel counted instead of reporting it, as a batch without items. */
  #handTotals(take: (totals: KernelTotals) => MapBatch[]): void {
    if (!this.#totals) return
    try {
      const totals = readTotals(take(this.#totals), {
        recordsIn: (bytes, index, count) =>
          this.#recordsIn({ bytes, index }, count, new Delivery()),
        takes: (records, i, exchanges) => this.#chosen.takes(records, i, exchanges),
      })
      if (totals) this.#batches.next(this.#batchOf(totals))
    } catch (error) {
      this.#settings.log.error(
        { err: error },
        'Cannot read totals any more, metrics miss exchanges.',
      )
      this.#totals = undefined
    }
  }

  /** They came in as nothing; where nobody takes them they are so many exchanges lost. */
  #batchOf(totals: HttpTotals): HttpObservations {
    const { counters } = this.#settings
    const delivery = new Delivery((outcome) => {
      if (outcome.kind === 'accepted') return
      const lost = totals.values.reduce((sum, { count }) => sum + count, 0)
      counters.countIn(lost)
      counters.drop(outcome.reason, lost)
    })
    const nothing = { bytes: Buffer.from(new ArrayBuffer(0)), index: new Uint32Array(0) }
    return this.#recordsIn(nothing, 0, delivery, totals)
  }

  /** What is left out on purpose is counted by `#chosen` and never came in. */
  #emit(buffer: RecordBuffer, drained: number): void {
    this.#clock.refresh()
    const reader = this.#reader as RingReader
    const count = this.#choose(buffer, drained)
    if (count === 0) return reader.giveBack(buffer)
    this.#settings.counters.countIn(count)
    const delivery = countedDelivery(this.#settings.counters, count, () => reader.giveBack(buffer))
    const { bytes, index } = buffer
    this.#batches.next(this.#recordsIn({ bytes, index }, count, delivery))
  }

  /** Brings the records that are to be handed on to the front; returns how many they are. */
  #choose({ bytes, index }: RecordBuffer, drained: number): number {
    const records = this.#recordsIn({ bytes, index }, drained, new Delivery())
    return this.#chosen.compact(records, index)
  }

  #recordsIn(
    { bytes, index }: Pick<RecordBuffer, 'bytes' | 'index'>,
    count: number,
    delivery: Delivery,
    totals?: HttpTotals,
  ): HttpObservations {
    return new HttpObservations(bytes, index, count, this.#clock, delivery, this.#owners, totals)
  }

  /** What the kernel lost since the last time came in too, and was dropped there. */
  #takeCounts(): void {
    const counts = this.#counters?.read()
    if (!counts) return
    this.#metrics?.note(counts)
    for (const reason of LOSSES) {
      const lost = counts[reason] - (this.#counted[reason] ?? 0)
      this.#settings.counters.countIn(lost)
      this.#settings.counters.drop(reason, lost)
    }
    this.#counted = counts
  }

  /** Says once, at the end, how often each of the oddities was met. */
  #sayOddities(): void {
    const counts = ODDITIES.map((name) => [name, this.#counted[name] ?? 0] as const)
    const met = Object.fromEntries(counts.filter(([, count]) => count > 0))
    this.#counted = {}
    if (Object.keys(met).length === 0) return
    this.#settings.log.info(met, 'The kernel met what it could not read as HTTP/1.x.')
  }
}

/** Those that are refused, and the one that tells how long requests wait. */
function without(refused: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...refused, 'http_read'])
}
