import { type BpfObject, kernelEnumValues, probeAttach, RingBuffer } from 'libbpf-addon'
import { type Observable, Subject } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import { countedDelivery } from '../../src/component/counted_delivery.ts'
import type { Settings } from '../../src/component/settings.ts'
import { ChosenReports } from '../../src/helpers/chosen_reports.ts'
import { CgroupTable } from '../../src/helpers/cgroup_table.ts'
import { ProcessReader } from '../../src/helpers/process_identity.ts'
import { cgroup2Root } from '../../src/kernel/cgroup.ts'
import { countLeftOut } from '../../src/helpers/left_out.ts'
import { attachConnect, chooseConnect } from '../../src/kernel/connect_hooks.ts'
import { CpuCounters } from '../../src/kernel/cpu_counters.ts'
import {
  asUnsupported,
  type LoadedObject,
  loadObject,
  openObject,
} from '../../src/kernel/objects.ts'
import { Translations } from '../../src/kernel/nat/translations.ts'
import { ProgramCost } from '../../src/kernel/program_cost.ts'
import { ProgramMetrics } from '../../src/kernel/program_metrics.ts'
import { RingReader } from '../../src/kernel/ring_reader.ts'
import type { RecordBuffer } from '../../src/kernel/record_buffers.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { EbpfFlowsConfig } from './config.ts'
import { fillRanges, setFilters, setInterfaces } from './filters.ts'
import { InterfaceWatch } from './interfaces.ts'
import { OwnAddresses } from './own_addresses.ts'
import { dropReasons, reasonsOfNoDrops } from './drop_reasons.ts'
import { consecutive, FlowObservations } from './observations.ts'
import { WITHOUT_ASKED, WITHOUT_OLDER } from './preflight.ts'
import {
  attachPrograms,
  CONNECT,
  dropProgram,
  FALLBACKS,
  interfaceDirections,
  meetOlderSockets,
  OPTIONAL_PROGRAMS,
  unasked,
  type Walk,
} from './programs.ts'
import { FLOW_COUNTERS, type FlowCounter, REPORT_SIZE } from './record.ts'
import { FlowTables } from './tables.ts'

/** What the kernel saw and could not report; each is a drop with this reason. */
const LOSSES: readonly FlowCounter[] = [
  'ring_full',
  'no_storage',
  'unreadable',
  'drops_full',
  'frames_full',
]

/** How often it is looked which interfaces there are, in milliseconds. */
const LOOK_MS = 1000
/** The addresses of all network namespaces take longer to read: every so many looks. */
const LOOKS_PER_REFRESH = 5

/** How long after a swap programs may still be at work on the other tables, in milliseconds. */
const REST_MS = 20

/**
 * Walks at the end. The kernel goes on by a socket's place in its list, so a walk passes over some where
 * others close meanwhile; the next one has them.
 */
const LAST_WALKS = 3

/** Reports of one batch. */
const MAX_REPORTS = 8192

/** When what a batch reports happened, in nanoseconds since 1970. */
type Interval = Pick<FlowObservations, 'startNs' | 'endNs'>

/** Attaches the programs of `bpf/flows` at the root of the cgroup v2 hierarchy and reads their counts. */
export class EbpfFlowsReceiver implements Receiver {
  readonly #settings: Settings
  readonly #config: EbpfFlowsConfig
  readonly #open: () => BpfObject
  readonly #tcx: boolean
  readonly #batches = new Subject<Batch>()
  readonly #chosen: ChosenReports
  readonly #translations: Translations | undefined
  /** Of TCP alone. */
  readonly #connect: readonly string[]
  #object: BpfObject | undefined
  #reader: RingReader | undefined
  #counters: CpuCounters<FlowCounter> | undefined
  #metrics: ProgramMetrics | undefined
  #tables: FlowTables | undefined
  #walks: Walk[] = []
  #timer: NodeJS.Timeout | undefined
  #restTimer: NodeJS.Timeout | undefined
  #counted: Partial<Record<FlowCounter, number>> = {}
  #sinceNs = 0n
  #reasonName: (reason: number) => string = String
  #interfaces: InterfaceWatch | undefined
  #addresses: OwnAddresses | undefined
  #lookTimer: NodeJS.Timeout | undefined
  #looks = 0

  /** @param tcx whether programs are attached to interfaces by tcx, where this kernel has it */
  constructor(
    settings: Settings,
    config: EbpfFlowsConfig,
    open: () => BpfObject = () => openObject('flows'),
    tcx = true,
  ) {
    this.#settings = settings
    this.#config = config
    this.#open = open
    this.#tcx = tcx
    const cgroups = new CgroupTable({ root: cgroup2Root })
    this.#chosen = new ChosenReports(config, { reader: new ProcessReader({ cgroups }) })
    countLeftOut(settings.meter, this.#chosen)
    this.#connect = config.protocols.includes('tcp') ? chooseConnect(CONNECT) : []
    if (config.nat) this.#translations = new Translations(settings)
  }

  get batches$(): Observable<Batch> {
    return this.#batches
  }

  async start(): Promise<void> {
    const { object, refused } = this.#load()
    this.#object = object
    try {
      this.#attach(object, new Set([...refused, ...unasked(this.#config)]))
    } catch (error) {
      this.#detach()
      throw error
    }
    this.#translations?.start()
    this.#sinceNs = nowNs()
    this.#reader?.start()
    this.#timer = setInterval(() => this.#collect(), this.#config.collection_interval)
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#timer)
    clearTimeout(this.#restTimer)
    this.#reader?.stop()
    const times = this.#nextInterval()
    for (let walk = 0; walk < LAST_WALKS; walk++) this.#walk(times)
    // What rests since the last time, and what was filled since then.
    this.#drainTables(times)
    this.#tables?.swap()
    this.#drainTables(times)
    this.#takeCounts()
    this.#batches.complete()
    this.#translations?.stop()
    this.#detach()
  }

  #load(): LoadedObject {
    const absent = unasked(this.#config)
    const drops = dropProgram(this.#config)
    return loadObject({
      open: this.#open,
      configure: (object) => {
        object.setConstant('own_pid', this.#config.default_exclude.own_traffic ? process.pid : 0)
        for (const map of ['peers_0', 'peers_1']) object.setMaxEntries(map, this.#config.max_peers)
        setFilters(object, this.#config.filters)
        setInterfaces(object, this.#config)
        for (const program of absent) object.setAutoload(program, false)
        if (drops !== undefined) object.setAutoload(drops, true)
        const reasons = reasonsOfNoDrops(kernelEnumValues('skb_drop_reason'))
        for (const [name, value] of Object.entries(reasons)) object.setConstant(name, value)
      },
      asked: this.#connect,
      optional: Object.keys(OPTIONAL_PROGRAMS),
      fallbacks: FALLBACKS,
      onRefused: (program, error) => {
        const effect = OPTIONAL_PROGRAMS[program]
        this.#settings.log.warn({ program, effect, err: error }, 'Going on without a program.')
      },
    })
  }

  #attach(object: BpfObject, absent: ReadonlySet<string>): void {
    const { meter, log } = this.#settings
    this.#counters = new CpuCounters(object.map('counters'), FLOW_COUNTERS)
    this.#tables = new FlowTables(object)
    fillRanges(object, this.#config.filters)
    const ring = new RingBuffer(object.map('closed'))
    const reader = new RingReader(ring, (buffer, count) => this.#emitClosed(buffer, count))
    this.#reader = reader
    this.#metrics = new ProgramMetrics(meter, 'flows', {
      counters: this.#counters,
      losses: LOSSES,
      ring,
      peak: () => reader.peak,
      cost: new ProgramCost({ object, log }),
    })
    this.#walks = attachPrograms(object, absent)
    this.#attachConnect(object, absent)
    this.#attachDrops(object, absent)
    this.#watchInterfaces(object, absent)
    if (!absent.has('flows_older')) this.#meetOlder(object)
  }

  /** It can be done without. */
  #attachConnect(object: BpfObject, absent: ReadonlySet<string>): void {
    if (['flows_state', ...this.#connect].some((program) => absent.has(program))) return
    try {
      attachConnect(object, this.#connect)
    } catch (error) {
      this.#settings.log.warn({ effect: WITHOUT_ASKED, err: error }, 'Cannot see connect.')
    }
  }

  #attachDrops(object: BpfObject, absent: ReadonlySet<string>): void {
    const program = dropProgram(this.#config)
    if (program === undefined || absent.has(program)) return
    asUnsupported(`attach ${program}`, () => object.attach(program))
    this.#reasonName = dropReasons(kernelEnumValues('skb_drop_reason'))
  }

  /** They may come later. */
  #watchInterfaces(object: BpfObject, absent: ReadonlySet<string>): void {
    const directions = interfaceDirections(absent)
    if (directions.length === 0) return
    const { log, status } = this.#settings
    const tcx = this.#tcx && probeAttach('tcx').answer === 'supported'
    const patterns = this.#config.interfaces
    this.#addresses = new OwnAddresses(object.map('own_addresses'))
    this.#interfaces = new InterfaceWatch({ object, patterns, directions, tcx, log, status })
    this.#look()
    this.#lookTimer = setInterval(() => this.#look(), LOOK_MS)
  }

  /** The addresses come first: what a socket tells is not to be told at an interface, too. */
  #look(): void {
    try {
      if (this.#looks++ % LOOKS_PER_REFRESH === 0) this.#addresses?.refresh()
    } catch (error) {
      this.#settings.log.warn({ error }, 'Cannot keep all addresses of this node.')
    }
    try {
      this.#interfaces?.look()
    } catch (error) {
      this.#settings.log.warn({ error }, 'Cannot list the network interfaces.')
    }
  }

  /** It can be done without. */
  #meetOlder(object: BpfObject): void {
    try {
      meetOlderSockets(object)
    } catch (error) {
      this.#settings.log.warn(
        { effect: WITHOUT_OLDER, err: error },
        'Cannot walk the files of processes.',
      )
    }
  }

  /** Closing the object closes its links, maps and rings. */
  #detach(): void {
    clearInterval(this.#lookTimer)
    this.#metrics?.close()
    this.#interfaces?.close()
    this.#object?.close()
    this.#object = undefined
    this.#reader = undefined
    this.#counters = undefined
    this.#tables = undefined
    this.#walks = []
  }

  /** Reports what has happened since the time before. */
  #collect(): void {
    const times = this.#nextInterval()
    this.#tables?.swap()
    this.#walk(times)
    this.#takeCounts()
    this.#restTimer = setTimeout(() => this.#drainTables(times), REST_MS)
  }

  #nextInterval(): Interval {
    const startNs = this.#sinceNs
    this.#sinceNs = nowNs()
    return { startNs, endNs: this.#sinceNs }
  }

  /** A walk that fails once is tried again the next time. */
  #walk(times: Interval): void {
    for (const { link, effect } of this.#walks) {
      try {
        this.#emitAll(link.read(), times)
      } catch (error) {
        this.#settings.log.warn({ effect, err: error }, 'Cannot walk sockets.')
      }
    }
  }

  #drainTables(times: Interval): void {
    try {
      for (const reports of this.#tables?.takeRested() ?? []) this.#emitAll(reports, times)
    } catch (error) {
      this.#settings.log.error({ err: error }, 'Cannot read a table of flows.')
    }
  }

  /** Of a socket that closed there may be a report of the same interval already: they are differences. */
  #emitClosed(buffer: RecordBuffer, count: number): void {
    const times = { startNs: this.#sinceNs, endNs: nowNs() }
    const reader = this.#reader as RingReader
    this.#emit(buffer, count, times, () => reader.giveBack(buffer))
  }

  #emitAll(reports: Buffer, times: Interval): void {
    for (let at = 0; at < reports.length; at += MAX_REPORTS * REPORT_SIZE) {
      const bytes = reports.subarray(at, at + MAX_REPORTS * REPORT_SIZE)
      const count = bytes.length / REPORT_SIZE
      this.#emit({ bytes, index: consecutive(count) }, count, times, () => {})
    }
  }

  /** What is left out on purpose is counted by `#chosen` and never came in. */
  #emit(
    { bytes, index }: RecordBuffer,
    count: number,
    times: Interval,
    onSettled: () => void,
  ): void {
    const interfaceName = (ifindex: number): string => this.#interfaces?.nameOf(ifindex) ?? ''
    const translations = this.#translations
    const facts = { ...times, reasonName: this.#reasonName, translations, interfaceName }
    const all = new FlowObservations(bytes, index, count, { ...facts, delivery: new Delivery() })
    const kept = this.#chosen.compact(all, index)
    if (kept === 0) return onSettled()
    const { counters } = this.#settings
    counters.countIn(kept)
    const delivery = countedDelivery(counters, kept, onSettled)
    translations?.refresh()
    this.#batches.next(new FlowObservations(bytes, index, kept, { ...facts, delivery }))
  }

  /** What the kernel lost since the last time came in too, and was dropped there. */
  #takeCounts(): void {
    const counts = this.#counters?.read()
    if (!counts) return
    for (const reason of LOSSES) {
      const lost = counts[reason] - (this.#counted[reason] ?? 0)
      this.#settings.counters.countIn(lost)
      this.#settings.counters.drop(reason, lost)
    }
    this.#counted = counts
  }
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
