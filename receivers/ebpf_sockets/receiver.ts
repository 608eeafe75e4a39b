import type { BpfObject, IteratorLink } from 'libbpf-addon'
import { RingBuffer } from 'libbpf-addon'
import { type Observable, Subject } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import { countedDelivery } from '../../src/component/counted_delivery.ts'
import type { Settings } from '../../src/component/settings.ts'
import { CgroupTable } from '../../src/helpers/cgroup_table.ts'
import { ChosenReports } from '../../src/helpers/chosen_reports.ts'
import { countLeftOut } from '../../src/helpers/left_out.ts'
import { ProcessReader } from '../../src/helpers/process_identity.ts'
import { cgroup2Root } from '../../src/kernel/cgroup.ts'
import { attachConnect, chooseConnect } from '../../src/kernel/connect_hooks.ts'
import { CpuCounters } from '../../src/kernel/cpu_counters.ts'
import { tellExcluded } from '../../src/kernel/excluded.ts'
import { MissedRuns } from '../../src/kernel/missed_runs.ts'
import { type LoadedObject, loadObject, openObject } from '../../src/kernel/objects.ts'
import { Translations } from '../../src/kernel/nat/translations.ts'
import { ProgramCost } from '../../src/kernel/program_cost.ts'
import { ProgramMetrics } from '../../src/kernel/program_metrics.ts'
import { RingReader } from '../../src/kernel/ring_reader.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { EbpfSocketsConfig } from './config.ts'
import { type Jiffies, jiffiesOf } from './jiffies.ts'
import { SocketReports } from './observations.ts'
import { WITHOUT_ADOPT, WITHOUT_CONNECT, WITHOUT_ERRNO, WITHOUT_WALK } from './preflight.ts'
import {
  adoptSockets,
  losingPrograms,
  attachPrograms,
  CONNECT,
  ERRNO,
  FALLBACKS,
  OPTIONAL_PROGRAMS,
} from './programs.ts'
import { SOCKET_COUNTERS, type SocketCounter } from './record.ts'
import { cutReports, type ReportBytes } from './cut_reports.ts'

/** How often the kernel's counts are taken over, in milliseconds. */
const COUNT_INTERVAL_MS = 1000

/** What the kernel saw and could not report; each is a drop with this reason. */
const LOSSES = ['ring_full', 'no_storage', 'missed'] as const

/** Attaches the programs of `bpf/sockets`, reads their ring and walks the sockets that are open. */
export class EbpfSocketsReceiver implements Receiver {
  readonly #settings: Settings
  readonly #config: EbpfSocketsConfig
  readonly #open: () => BpfObject
  readonly #nowMs: () => number
  readonly #batches = new Subject<Batch>()
  readonly #chosen: ChosenReports
  #object: BpfObject | undefined
  #reader: RingReader | undefined
  #walk: IteratorLink | undefined
  readonly #connect = chooseConnect(CONNECT)
  readonly #translations: Translations | undefined
  #jiffies: Pick<Jiffies, 'us'> = { us: 0 }
  #counters: CpuCounters<SocketCounter> | undefined
  #missed: MissedRuns | undefined
  #metrics: ProgramMetrics | undefined
  #timers: NodeJS.Timeout[] = []
  #counted: Partial<Record<SocketCounter | 'missed', number>> = {}
  /** When the last walk and the last look at the ring were, in nanoseconds since 1970. */
  #walkedNs = 0n
  #drainedNs = 0n

  constructor(
    settings: Settings,
    config: EbpfSocketsConfig,
    open: () => BpfObject = () => openObject('sockets'),
    nowMs: () => number = Date.now,
  ) {
    this.#settings = settings
    this.#config = config
    this.#open = open
    this.#nowMs = nowMs
    const cgroups = new CgroupTable({ root: cgroup2Root })
    this.#chosen = new ChosenReports(config, {
      reader: new ProcessReader({ cgroups }),
      onDecision: (pid, excluded) => {
        if (this.#object) tellExcluded(this.#object, pid, excluded)
      },
    })
    countLeftOut(settings.meter, this.#chosen)
    if (config.nat) this.#translations = new Translations(settings)
  }

  get batches$(): Observable<Batch> {
    return this.#batches
  }

  async start(): Promise<void> {
    const { object, refused } = this.#load()
    this.#object = object
    try {
      this.#attach(object, refused)
    } catch (error) {
      this.#detach()
      throw error
    }
    this.#translations?.start()
    this.#walkedNs = this.#drainedNs = this.#nowNs()
    this.#reader?.start()
    this.#timers = [
      setInterval(() => {
        this.#takeCounts()
        this.#chosen.sweep()
      }, COUNT_INTERVAL_MS),
      setInterval(() => this.#reportOpen(), this.#config.collection_interval),
    ]
  }

  async shutdown(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#reader?.stop()
    this.#reportOpen()
    this.#takeCounts()
    this.#batches.complete()
    this.#translations?.stop()
    this.#detach()
  }

  #load(): LoadedObject {
    return loadObject({
      open: this.#open,
      configure: (object) => {
        object.setConstant('own_pid', this.#config.default_exclude.own_traffic ? process.pid : 0)
        object.setMaxEntries('reports', this.#config.ring_buffer_mib * 1024 * 1024)
      },
      asked: this.#connect === CONNECT.atCgroup ? [...this.#connect, ERRNO] : this.#connect,
      optional: Object.keys(OPTIONAL_PROGRAMS),
      fallbacks: FALLBACKS,
      onRefused: (program, error) => {
        const effect = OPTIONAL_PROGRAMS[program]
        this.#settings.log.warn({ program, effect, err: error }, 'Going on without a program.')
      },
    })
  }

  #attach(object: BpfObject, refused: ReadonlySet<string>): void {
    this.#counters = new CpuCounters(object.map('counters'), SOCKET_COUNTERS)
    const ring = new RingBuffer(object.map('reports'))
    const reader = new RingReader(ring, (buffer, count) => {
      const startNs = this.#drainedNs
      this.#drainedNs = this.#nowNs()
      this.#emit({ ...buffer, count }, startNs, () => reader.giveBack(buffer))
    })
    this.#reader = reader
    this.#metrics = new ProgramMetrics(this.#settings.meter, 'sockets', {
      counters: this.#counters,
      losses: LOSSES,
      ring,
      peak: () => reader.peak,
      cost: new ProgramCost({ object, log: this.#settings.log }),
    })
    this.#jiffies = jiffiesOf(object, refused)
    this.#walk = attachPrograms(object, refused)
    this.#missed = new MissedRuns(object, losingPrograms(refused))
    this.#attachConnect(object, refused)
    if (!refused.has('sockets_adopt')) this.#adopt(object)
  }

  /** It can be done without. Where states are not followed in storage, nothing would end what begins. */
  #attachConnect(object: BpfObject, refused: ReadonlySet<string>): void {
    const needed = ['sockets_state', ...this.#connect]
    if (needed.some((program) => refused.has(program))) return
    try {
      attachConnect(object, this.#connect)
    } catch (error) {
      const effect = WITHOUT_CONNECT
      this.#settings.log.warn({ effect, err: error }, 'Cannot see connect before TCP begins.')
      return
    }
    if (this.#connect === CONNECT.atCgroup && !refused.has(ERRNO)) this.#attachErrno(object)
  }

  #attachErrno(object: BpfObject): void {
    try {
      object.attach(ERRNO)
    } catch (error) {
      const effect = WITHOUT_ERRNO
      this.#settings.log.warn({ effect, err: error }, 'Cannot see what connect returns.')
    }
  }

  #adopt(object: BpfObject): void {
    try {
      adoptSockets(object)
    } catch (error) {
      const effect = WITHOUT_ADOPT
      this.#settings.log.warn({ effect, err: error }, 'Cannot walk the files of processes.')
    }
  }

  /** Closing the object closes its links, maps and rings. */
  #detach(): void {
    this.#metrics?.close()
    this.#object?.close()
    this.#object = undefined
    this.#walk = undefined
    this.#reader = undefined
    this.#counters = undefined
    this.#missed = undefined
  }

  /** Reports what is open; it can be done without. */
  #reportOpen(): void {
    if (!this.#walk) return
    const startNs = this.#walkedNs
    try {
      const written = this.#walk.read()
      this.#walkedNs = this.#nowNs()
      for (const reports of cutReports(written)) this.#emit(reports, startNs)
    } catch (error) {
      this.#settings.log.warn(
        { effect: WITHOUT_WALK, err: error },
        'Cannot walk connections any more.',
      )
      this.#walk = undefined
    }
  }

  /** What is left out on purpose is counted by `#chosen` and never came in. */
  #emit(reports: ReportBytes, startNs: bigint, done: () => void = () => {}): void {
    const { counters } = this.#settings
    const kept = this.#chosen.compact(this.#viewOf(reports, startNs, new Delivery()), reports.index)
    if (kept === 0) return done()
    counters.countIn(kept)
    const delivery = countedDelivery(counters, kept, done)
    this.#translations?.refresh()
    this.#batches.next(this.#viewOf({ ...reports, count: kept }, startNs, delivery))
  }

  #viewOf({ bytes, index, count }: ReportBytes, startNs: bigint, delivery: Delivery) {
    return new SocketReports({
      bytes,
      index,
      itemCount: count,
      startNs,
      endNs: this.#nowNs(),
      jiffyUs: this.#jiffies.us,
      delivery,
      translations: this.#translations,
    })
  }

  /** What the kernel lost since the last time came in too, and was dropped there. */
  #takeCounts(): void {
    if (!this.#counters || !this.#missed) return
    const counts = { ...this.#counters.read(), missed: this.#missed.read() }
    for (const reason of LOSSES) {
      const lost = counts[reason] - (this.#counted[reason] ?? 0)
      this.#settings.counters.countIn(lost)
      this.#settings.counters.drop(reason, lost)
    }
    this.#counted = counts
  }

  #nowNs(): bigint {
    return BigInt(this.#nowMs()) * 1_000_000n
  }
}
