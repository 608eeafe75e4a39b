import { NO_SURROUNDINGS, type Settings } from '../component/settings.ts'
import { Delivery } from '../pdata/delivery.ts'
import { Resource } from '../pdata/resource.ts'
import { SpanArray } from '../pdata/span_array.ts'
import { Traces, type Span, type SpanGroup } from '../pdata/traces.ts'
import { ComponentCounters } from '../telemetry/counters.ts'
import { createLogger } from '../telemetry/logger.ts'
import { NO_METER } from '../telemetry/meter.ts'
import type { Clock } from './clock.ts'

/** A clock that stands still until it is told to advance. */
export class FakeClock implements Clock {
  #now = 0
  #timers: { at: number; run: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer))
  }

  /** Milliseconds until the next timer, undefined when there is none. */
  get next(): number | undefined {
    if (this.#timers.length === 0) return undefined
    return Math.min(...this.#timers.map(({ at }) => at)) - this.#now
  }

  /** Runs the timers of the next `ms` milliseconds, each at its time, and what follows from them. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (let due = this.#due(end); due; due = this.#due(end)) {
      this.#timers = this.#timers.filter((other) => other !== due)
      this.#now = due.at
      due.run()
      await settled()
    }
    this.#now = end
  }

  #due(end: number): { at: number; run: () => void } | undefined {
    return this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

/** Resolves when everything that only waits for promises has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

/** Settings whose log is kept: each line as `level sentence field=value`. */
export function settingsOf(id: string): { settings: Settings; logged: string[] } {
  const logged: string[] = []
  const out = { write: (line: string) => logged.push(line.slice(13).trimEnd()) }
  const log = createLogger({ level: 'debug', encoding: 'console', out })
  const counters = new ComponentCounters(`exporter/${id}`)
  const outside = { ...NO_SURROUNDINGS, meter: NO_METER, version: '0.1.0' }
  return { settings: { id, log, counters, ...outside }, logged }
}

/** A span whose ids are made from `n`, so that each can be found again. */
export function spanOf(n: number, given: Partial<Span> = {}): Span {
  return {
    traceId: (n + 1).toString(16).padStart(32, '0'),
    spanId: (n + 1).toString(16).padStart(16, '0'),
    parentSpanId: '',
    traceState: '',
    flags: 1,
    name: 'GET',
    kind: 2,
    startNs: 1_790_000_000_000_000_000n + BigInt(n) * 1000n,
    endNs: 1_790_000_000_000_500_000n + BigInt(n) * 1000n,
    attributes: { 'http.request.method': 'GET', 'url.path': `/items/${n}` },
    events: [],
    status: { code: 0, message: '' },
    ...given,
  }
}

const shop = new Resource({ 'service.name': 'shop' })

/** A batch of spans `from` to `to - 1`. */
export function tracesOf(from: number, to: number, given: Partial<Span> = {}): Traces {
  const spans = Array.from({ length: to - from }, (_, i) => spanOf(from + i, given))
  return new Traces([groupOf(spans)], new Delivery())
}

/** Spans as one group. */
export function groupOf(spans: readonly Span[], resource: Resource = shop): SpanGroup {
  return { resource, scope: { name: 'waggle/test', version: '0.1.0' }, spans: new SpanArray(spans) }
}
