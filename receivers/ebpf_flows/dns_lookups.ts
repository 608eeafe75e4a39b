import { type BpfMap, type BpfObject, RingBuffer } from 'libbpf-addon'
import type { Settings } from '../../src/component/settings.ts'
import { CpuCounters } from '../../src/kernel/cpu_counters.ts'
import { ProgramMetrics } from '../../src/kernel/program_metrics.ts'
import type { RecordBuffer } from '../../src/kernel/record_buffers.ts'
import { RingReader } from '../../src/kernel/ring_reader.ts'
import type { EbpfFlowsConfig } from './config.ts'
import { MAX_DNS_PORTS } from './config.ts'
import { DNS_COUNTERS, DNS_END, DNS_LOOKUP, type DnsCounter, LOOKUP_SIZE } from './dns_record.ts'
import { consecutive } from './observations.ts'

type DnsConfig = EbpfFlowsConfig['dns']

/** Bytes of the ring buffer that lookups leave by: about 5,600 of them, emptied every 50 to 100 ms. */
const RING_BYTES = 2 * 1024 * 1024

/** What the kernel saw and could not report; each is a drop with this reason. */
const LOSSES: readonly DnsCounter[] = ['no_storage', 'lookups_full', 'ring_full']

/** Milliseconds between looks at the questions that wait, at least and at most. */
const SWEEP_MS = { least: 50, most: 1000 }

/** Sets what the programs do about DNS, before they are loaded. */
export function setDns(
  object: Pick<BpfObject, 'setConstant' | 'setMaxEntries'>,
  { enabled, ports, max_lookups }: DnsConfig,
): void {
  const bytes = Buffer.alloc(MAX_DNS_PORTS * 2)
  if (enabled) for (const [i, port] of ports.entries()) bytes.writeUInt16BE(port, i * 2)
  object.setConstant('dns_ports', bytes)
  if (!enabled) return
  object.setMaxEntries('lookups', max_lookups)
  object.setMaxEntries('looked_up', RING_BYTES)
}

/** What lookups are read from and told to. */
export interface DnsLookupsOptions {
  readonly settings: Settings
  /** Loaded. */
  readonly object: Pick<BpfObject, 'map'>
  readonly config: DnsConfig
  /** Gets lookups; calls `onSettled` when it is done with their memory. */
  readonly emit: (buffer: RecordBuffer, count: number, onSettled: () => void) => void
  /** Nanoseconds of the kernel's monotonic clock. */
  readonly now?: () => bigint
}

/** Reads what the programs tell of questions to name servers, and gives up those without an answer. */
export class DnsLookups {
  readonly #options: DnsLookupsOptions
  readonly #now: () => bigint
  readonly #waiting: BpfMap
  readonly #counters: CpuCounters<DnsCounter>
  readonly #reader: RingReader
  readonly #metrics: ProgramMetrics
  readonly #timeoutNs: bigint
  #counted: Partial<Record<DnsCounter, number>> = {}
  #timer: NodeJS.Timeout | undefined

  constructor(options: DnsLookupsOptions) {
    const { object, settings, config, emit, now = () => process.hrtime.bigint() } = options
    this.#options = options
    this.#now = now
    this.#timeoutNs = BigInt(config.timeout) * 1_000_000n
    this.#waiting = object.map('lookups')
    const counters = new CpuCounters(object.map('dns_counters'), DNS_COUNTERS)
    const ring = new RingBuffer(object.map('looked_up'))
    const reader = new RingReader(ring, (buffer, count) =>
      emit(buffer, count, () => reader.giveBack(buffer)),
    )
    this.#reader = reader
    this.#counters = counters
    const sources = { counters, losses: LOSSES, ring, peak: () => reader.peak }
    this.#metrics = new ProgramMetrics(settings.meter, 'flows_dns', sources)
  }

  start(): void {
    this.#reader.start()
    const { least, most } = SWEEP_MS
    const interval = Math.max(least, Math.min(most, this.#options.config.timeout / 4))
    this.#timer = setInterval(() => this.#sweep(), interval)
  }

  /** Takes what is there. */
  stop(): void {
    clearInterval(this.#timer)
    this.#reader.stop()
    this.#sweep()
    this.takeCounts()
  }

  /** The maps are about to be closed. */
  close(): void {
    this.#metrics.close()
  }

  /** What the kernel lost since the last time came in too, and was dropped there. */
  takeCounts(): void {
    const { counters } = this.#options.settings
    const counts = this.#counters.read()
    for (const reason of LOSSES) {
      const lost = counts[reason] - (this.#counted[reason] ?? 0)
      counters.countIn(lost)
      counters.drop(reason, lost)
    }
    this.#counted = counts
  }

  #sweep(): void {
    try {
      const given = Buffer.concat(this.#givenUp())
      const count = given.length / LOOKUP_SIZE
      if (count === 0) return
      const index = consecutive(count, LOOKUP_SIZE)
      this.#options.emit({ bytes: given, index }, count, () => {})
    } catch (error) {
      this.#options.settings.log.error({ error }, 'Cannot read the questions that wait.')
    }
  }

  /** Takes out those that have waited too long. An answer that comes meanwhile may be quicker. */
  #givenUp(): Buffer[] {
    const nowNs = this.#now()
    const found: Buffer[] = []
    for (const { keys, values, count } of this.#waiting.lookupBatch()) {
      for (let i = 0; i < count; i++) {
        const lookup = values.subarray(i * LOOKUP_SIZE, (i + 1) * LOOKUP_SIZE)
        const askedNs = lookup.readBigUInt64LE(DNS_LOOKUP.asked_ns)
        if (askedNs === 0n || nowNs - askedNs < this.#timeoutNs) continue
        const { keySize } = this.#waiting
        if (!this.#waiting.delete(keys.subarray(i * keySize, (i + 1) * keySize))) continue
        lookup.writeBigUInt64LE(nowNs - askedNs, DNS_LOOKUP.duration_ns)
        lookup.writeUInt8(DNS_END.given_up, DNS_LOOKUP.end)
        found.push(lookup)
      }
    }
    return found
  }
}
