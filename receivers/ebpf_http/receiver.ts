import type { BpfObject } from 'libbpf-addon'
import { RingBuffer } from 'libbpf-addon'
import { type Observable, Subject } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import { countedDelivery } from '../../src/component/counted_delivery.ts'
import { UnsupportedError } from '../../src/component/errors.ts'
import type { Settings } from '../../src/component/settings.ts'
import { cgroup2Root, MOUNT_CGROUP2 } from '../../src/kernel/cgroup.ts'
import { CpuCounters } from '../../src/kernel/cpu_counters.ts'
import {
  asUnsupported,
  type LoadedObject,
  loadObject,
  openObject,
} from '../../src/kernel/objects.ts'
import type { RecordBuffer } from '../../src/kernel/record_buffers.ts'
import { RingReader } from '../../src/kernel/ring_reader.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { HttpObservations } from '../../src/pdata/http_observations.ts'
import { HTTP_COUNTERS, type HttpCounter } from '../../src/pdata/http_record.ts'
import { WallClock } from '../../src/pdata/wall_clock.ts'
import type { EbpfHttpConfig } from './config.ts'
import { WITHOUT_STATE } from './preflight.ts'

/** How often the kernel's counts are taken over, in milliseconds. */
const COUNT_INTERVAL_MS = 1000

/** Exchanges that the kernel saw and could not report; each is a drop with this reason. */
const LOSSES: readonly HttpCounter[] = ['ring_full', 'no_storage', 'pipelined', 'listener']

/** What the kernel met and could not read as HTTP/1.x; no exchange by itself. */
const ODDITIES: readonly HttpCounter[] = [
  'response_only',
  'not_http',
  'bad_framing',
  'gap',
  'lost_sync',
]

/** Programs that a kernel may refuse, and what is lost without them. */
const OPTIONAL_PROGRAMS: Readonly<Record<string, string>> = {
  http_state: WITHOUT_STATE,
}

/** Attaches the programs of `bpf/http` at the root of the cgroup v2 hierarchy and reads its ring. */
export class EbpfHttpReceiver implements Receiver {
  readonly #settings: Settings
  readonly #config: EbpfHttpConfig
  readonly #open: () => BpfObject
  readonly #batches = new Subject<Batch>()
  readonly #clock = new WallClock()
  #object: BpfObject | undefined
  #reader: RingReader | undefined
  #counters: CpuCounters<HttpCounter> | undefined
  #countTimer: NodeJS.Timeout | undefined
  #counted: Partial<Record<HttpCounter, number>> = {}

  constructor(
    settings: Settings,
    config: EbpfHttpConfig,
    open: () => BpfObject = () => openObject('http'),
  ) {
    this.#settings = settings
    this.#config = config
    this.#open = open
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
      this.#reader = new RingReader(ring, (buffer, count) => this.#emit(buffer, count))
      this.#attach(object, refused)
    } catch (error) {
      this.#detach()
      throw error
    }
    this.#reader.start()
    this.#countTimer = setInterval(() => this.#takeCounts(), COUNT_INTERVAL_MS)
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#countTimer)
    this.#reader?.stop()
    this.#takeCounts()
    this.#sayOddities()
    this.#batches.complete()
    this.#detach()
  }

  #load(): LoadedObject {
    return loadObject({
      open: this.#open,
      configure: (object) => {
        object.setConstant('own_pid', process.pid)
        object.setMaxEntries('exchanges', this.#config.ring_buffer_mib * 1024 * 1024)
      },
      optional: Object.keys(OPTIONAL_PROGRAMS),
      onRefused: (program, error) => {
        const effect = OPTIONAL_PROGRAMS[program]
        this.#settings.log.warn({ program, effect, error }, 'Going on without a program.')
      },
    })
  }

  #attach(object: BpfObject, refused: ReadonlySet<string>): void {
    const cgroup = cgroup2Root()
    if (cgroup === undefined) {
      throw new UnsupportedError('no cgroup v2 hierarchy is mounted', MOUNT_CGROUP2)
    }
    asUnsupported(`attach to the sockets of cgroup ${cgroup}`, () => {
      object.attachCgroup('http_egress', cgroup)
      object.attachCgroup('http_ingress', cgroup)
    })
    for (const program of Object.keys(OPTIONAL_PROGRAMS)) {
      if (!refused.has(program)) asUnsupported(`attach ${program}`, () => object.attach(program))
    }
  }

  /** Closing the object closes its links, maps and rings. */
  #detach(): void {
    this.#object?.close()
    this.#object = undefined
    this.#reader = undefined
    this.#counters = undefined
  }

  #emit(buffer: RecordBuffer, count: number): void {
    this.#clock.refresh()
    this.#settings.counters.countIn(count)
    const reader = this.#reader as RingReader
    const delivery = countedDelivery(this.#settings.counters, count, () => reader.giveBack(buffer))
    const { bytes, index } = buffer
    this.#batches.next(new HttpObservations(bytes, index, count, this.#clock, delivery))
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

  /** Says once, at the end, how often each of the oddities was met. */
  #sayOddities(): void {
    const counts = ODDITIES.map((name) => [name, this.#counted[name] ?? 0] as const)
    const met = Object.fromEntries(counts.filter(([, count]) => count > 0))
    this.#counted = {}
    if (Object.keys(met).length === 0) return
    this.#settings.log.info(met, 'The kernel met what it could not read as HTTP/1.x.')
  }
}
