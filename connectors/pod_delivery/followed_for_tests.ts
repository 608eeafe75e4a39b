import { readFileSync } from 'node:fs'
import { Subject } from 'rxjs'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import type { Host } from '../../src/component/host.ts'
import type { Attributes, AttributeValue } from '../../src/pdata/attributes.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { LogArray } from '../../src/pdata/log_array.ts'
import { type LogRecord, Logs } from '../../src/pdata/logs.ts'
import type { Metric } from '../../src/pdata/metrics.ts'
import { Resource } from '../../src/pdata/resource.ts'
import type { Span } from '../../src/pdata/traces.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { PodDeliveryConnector } from './connector.ts'
import { parseTime } from './events/time.ts'
import { podDelivery } from './index.ts'
import type { PodDeliveryConfig } from './config.ts'

const RECORDED = new URL('../../test/kubernetes/recorded/', import.meta.url)

/** The lines of an audit log that a real control plane wrote. */
export function recorded(scenario: string, version = 'v1.36.3'): string[] {
  return readFileSync(new URL(`${version}/${scenario}.jsonl`, RECORDED), 'utf8')
    .trim()
    .split('\n')
}

const WRITTEN = /"stageTimestamp":"([^"]+)"(?!.*"stageTimestamp":)/

/** When the last event in a text was written, as the receivers of audit logs find it; 0n is not known. */
function writtenNs(body: AttributeValue): bigint {
  const text = typeof body === 'string' ? WRITTEN.exec(body)?.[1] : undefined
  return text === undefined ? 0n : BigInt(Math.round(parseTime(text) * 1000)) * 1000n
}

/** A log record with a body, and its time as `k8s_audit` gives it. */
export function recordLike(body: AttributeValue, more: Partial<LogRecord> = {}): LogRecord {
  return {
    timeNs: writtenNs(body),
    observedNs: 0n,
    severity: 0,
    severityText: '',
    body,
    attributes: {},
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
    ...more,
  }
}

/** A span with the service that it is told of. */
export type ToldSpan = Span & { readonly service: AttributeValue | undefined }

/** A connector that is fed records, and what it handed on. */
export class Followed {
  readonly connector: PodDeliveryConnector
  readonly spans: ToldSpan[] = []
  readonly records: LogRecord[] = []
  readonly metrics: Metric[] = []
  readonly #source = new Subject<Batch>()
  readonly #registry = new MetricRegistry('normal')
  readonly counters

  constructor(options: object = {}, host?: Host) {
    const settings = testSettings(podDelivery)
    this.counters = settings.counters
    const config = podDelivery.config.parse({ unfinished: 'emit', ...options }) as PodDeliveryConfig
    const own = { ...settings, meter: this.#registry.meter(), ...(host && { host }) }
    this.connector = new PodDeliveryConnector(own, config)
    this.#source.pipe(this.connector.operator).subscribe((batch) => this.#keep(batch))
  }

  #keep(batch: Batch): void {
    if (batch.kind === 'traces') this.#keepSpans(batch)
    if (batch.kind === 'metrics')
      this.metrics.push(...batch.groups.flatMap((group) => group.metrics))
    if (batch.kind === 'logs') {
      for (const { logs } of batch.groups) {
        for (let i = 0; i < logs.length; i++) this.records.push(logs.at(i))
      }
    }
    batch.delivery.settle({ kind: 'accepted' })
  }

  #keepSpans(batch: Extract<Batch, { kind: 'traces' }>): void {
    for (const { resource, spans } of batch.groups) {
      for (let i = 0; i < spans.length; i++) {
        this.spans.push({ ...spans.at(i), service: resource.attributes['service.name'] })
      }
    }
  }

  /** Hands bodies in, in one batch. */
  take(bodies: readonly AttributeValue[], more: Partial<LogRecord> = {}): this {
    const logs = new LogArray(bodies.map((body) => recordLike(body, more)))
    const group = { resource: new Resource({}), scope: { name: '', version: '' }, logs }
    this.#source.next(new Logs([group], new Delivery()))
    return this
  }

  /** Ends it. */
  end(): this {
    this.#source.complete()
    return this
  }

  /** The root spans, `pod create ready`. */
  get roots(): string[] {
    return this.#roots.map(({ name, attributes }) => `${name} ${text(attributes, 'outcome')}`)
  }

  get #roots(): ToldSpan[] {
    return this.spans.filter(({ parentSpanId }) => parentSpanId === '')
  }

  /** The root span of a name. */
  root(name: string): ToldSpan {
    return this.#roots.find((span) => span.name === name) as ToldSpan
  }

  /** The spans below the root of a name: name, start and end in milliseconds after the root's start. */
  stages(name: string): [string, number, number][] {
    const root = this.root(name)
    return this.spans
      .filter(({ traceId, parentSpanId }) => traceId === root.traceId && parentSpanId !== '')
      .map((span) => [span.name, sinceMs(root, span.startNs), sinceMs(root, span.endNs)])
  }

  /** A span of the trace of a root. */
  stage(root: string, name: string): ToldSpan {
    const { traceId } = this.root(root)
    return this.spans.find((span) => span.traceId === traceId && span.name === name) as ToldSpan
  }

  /** What it tells of itself: the value of each metric by its name and attributes. */
  get account(): Record<string, number> {
    return Object.fromEntries(
      this.#registry
        .collect()
        .metrics.flatMap(({ facts, points }) =>
          points.map(({ value, attributes }) => [
            [facts.name.replace('waggle.pod_delivery.', ''), ...Object.values(attributes)].join(
              ' ',
            ),
            value,
          ]),
        ),
    )
  }
}

function text(attributes: Attributes, key: string): string {
  return attributes[`waggle.delivery.${key}`] as string
}

function sinceMs(root: Span, ns: bigint): number {
  return Math.round(Number(ns - root.startNs) / 1e6)
}

/** The events of a span: type, message, count. */
export function errorsOf(span: Span): [AttributeValue | undefined, AttributeValue | undefined][] {
  return span.events.map(({ attributes }) => [
    attributes['exception.type'],
    attributes['waggle.count'] ?? 1,
  ])
}

/** The same items in another order, always the same one. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const all = [...items]
  let state = seed
  for (let i = all.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    const j = state % (i + 1)
    ;[all[i], all[j]] = [all[j] as T, all[i] as T]
  }
  return all
}
