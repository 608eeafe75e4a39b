import { readFixed32 } from '../../src/pdata/fixed.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import { ProtoReader, WIRE } from '../../src/pdata/proto_reader.ts'
import { STATUS_CODE } from '../../src/pdata/traces.ts'
import { anySpan, type Evaluate, sampledWhere } from './policy.ts'
import type { PolicyConfig } from './policy_config.ts'

type Options<K extends keyof PolicyConfig> = NonNullable<PolicyConfig[K]>

const NS_PER_MS = 1e6
const TWO_32 = 2 ** 32

/**
 * `latency`. As in the Collector the time from the first start to the last end is looked at after each
 * span, so that with an upper threshold the first spans of a longer trace may do.
 */
export function latency({ threshold_ms, upper_threshold_ms }: Options<'latency'>): Evaluate {
  const upper = upper_threshold_ms === 0 ? Infinity : upper_threshold_ms
  return sampledWhere(({ parts }) => {
    times.clear()
    for (const { spans } of parts) {
      const { items } = spans
      for (let i = 0; i < items.length; i++) {
        times.add(items.bytes, items.start(i), items.end(i))
        const ms = times.ms
        if (ms > threshold_ms && ms <= upper) return true
      }
    }
    return false
  })
}

/** The first start and the last end of spans: 64 bits each, in halves, so that nothing is rounded. */
class Times {
  #startHigh = 0
  #startLow = 0
  #endHigh = 0
  #endLow = 0
  readonly #reader = new ProtoReader()

  clear(): void {
    this.#startHigh = this.#startLow = this.#endHigh = this.#endLow = 0
  }

  /** Takes the span from `from` up to `to` in. */
  add(bytes: Buffer, from: number, to: number): void {
    const reader = this.#reader.over(bytes, from, to)
    let start = -1
    let end = -1
    while (reader.next()) {
      if (reader.wire !== WIRE.fixed64) continue
      if (reader.field === SPAN.start) start = reader.from
      else if (reader.field === SPAN.end) end = reader.from
    }
    this.#addStart(start < 0 ? 0 : readFixed32(bytes, start + 4), lowAt(bytes, start))
    this.#addEnd(end < 0 ? 0 : readFixed32(bytes, end + 4), lowAt(bytes, end))
  }

  /** Whole milliseconds between the two; below 0 where a span ends before all begin. */
  get ms(): number {
    const high = this.#endHigh - this.#startHigh
    return Math.trunc((high * TWO_32 + (this.#endLow - this.#startLow)) / NS_PER_MS)
  }

  #addStart(high: number, low: number): void {
    const isFirst = this.#startHigh === 0 && this.#startLow === 0
    const isEarlier = high < this.#startHigh || (high === this.#startHigh && low < this.#startLow)
    if (!isFirst && !isEarlier) return
    this.#startHigh = high
    this.#startLow = low
  }

  #addEnd(high: number, low: number): void {
    if (high < this.#endHigh || (high === this.#endHigh && low <= this.#endLow)) return
    this.#endHigh = high
    this.#endLow = low
  }
}

function lowAt(bytes: Buffer, at: number): number {
  return at < 0 ? 0 : readFixed32(bytes, at)
}

const times = new Times()

const STATUS_NAMES = {
  UNSET: STATUS_CODE.unset,
  OK: STATUS_CODE.ok,
  ERROR: STATUS_CODE.error,
} as const

/** `status_code`. */
export function statusCodes({ status_codes }: Options<'status_code'>): Evaluate {
  const wanted = new Set<number>(status_codes.map((name) => STATUS_NAMES[name]))
  return anySpan((spans, i) => wanted.has(spans.status(i)))
}

/** `trace_flags`: traces of which a span has the flag `sampled`. */
export function traceFlags(): Evaluate {
  return anySpan((spans, i) => spans.sampledUpstream(i))
}

/** `span_count`. */
export function spanCount({ min_spans, max_spans }: Options<'span_count'>): Evaluate {
  const most = max_spans === 0 ? Infinity : max_spans
  return sampledWhere(({ trace }) => trace.spans >= min_spans && trace.spans <= most)
}

/** W3C: a member of a trace state is no longer than this. */
const MAX_MEMBER = 256

/** `trace_state`. */
export function traceState({ key, values }: Options<'trace_state'>): Evaluate {
  const wanted = new Set(
    values.filter((value) => value !== '' && key.length + value.length < MAX_MEMBER),
  )
  return anySpan((spans, i) => {
    const state = spans.traceState(i)
    if (state === '') return false
    const value = memberOf(state, key)
    return value !== undefined && wanted.has(value)
  })
}

/** The value of a key in a trace state; undefined where it has none. */
function memberOf(state: string, key: string): string | undefined {
  for (const member of state.split(',')) {
    const trimmed = member.trim()
    if (trimmed.startsWith(key) && trimmed[key.length] === '=') return trimmed.slice(key.length + 1)
  }
  return undefined
}
