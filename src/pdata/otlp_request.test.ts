import { describe, expect, it } from 'vitest'
import { encodeRequest } from '../../test/kit/otlp.ts'
import type { Batch } from './batch.ts'
import { Delivery } from './delivery.ts'
import { type LogList, Logs } from './logs.ts'
import { LogArray } from './log_array.ts'
import type { OtlpBatch } from './merge_batches.ts'
import { Metrics } from './metrics.ts'
import { encodeBatch } from './otlp_encode.ts'
import { checkItems, readRequest, type Signal } from './otlp_request.ts'
import { ProtoWriter } from './proto_writer.ts'
import { cases, itemsIn, pointsIn, randomRequest, rowsOf } from './random_requests_for_tests.ts'
import { SpanArray } from './span_array.ts'
import { type SpanList, Traces } from './traces.ts'

function read(signal: Signal, body: Buffer): OtlpBatch {
  return readRequest(signal, body, new Delivery())
}

function encode(batch: Batch): Buffer {
  const out = new ProtoWriter(16)
  encodeBatch(batch, out)
  return out.toBytes()
}

/** The batch without the bytes that it was received as, its groups the same. */
function regrouped({ kind, groups, delivery }: OtlpBatch): OtlpBatch {
  if (kind === 'traces') return new Traces(groups, delivery)
  return kind === 'metrics' ? new Metrics(groups, delivery) : new Logs(groups, delivery)
}

/** The batch with every item decoded, and nothing left of its bytes. */
function decoded(batch: OtlpBatch): OtlpBatch {
  switch (batch.kind) {
    case 'traces':
      return new Traces(
        batch.groups.map(({ resource, scope, spans }) => {
          const list = Array.from({ length: spans.length }, (_, i) => spans.at(i))
          return { resource, scope, spans: new SpanArray(list) }
        }),
        batch.delivery,
      )
    case 'metrics':
      return new Metrics(
        batch.groups.map(({ resource, scope, metrics }) => {
          const list = metrics.map(({ name, description, unit, data, metadata = {} }) => {
            return { name, description, unit, data, metadata }
          })
          return { resource, scope, metrics: list }
        }),
        batch.delivery,
      )
    case 'logs':
      return new Logs(
        batch.groups.map(({ resource, scope, logs }) => {
          const list = Array.from({ length: logs.length }, (_, i) => logs.at(i))
          return { resource, scope, logs: new LogArray(list) }
        }),
        batch.delivery,
      )
  }
}

/** Fields that are there with the value that they have when they are not. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key, item]) => !isDefault(key, item))
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutDefaults(item)]))
}

/** Fields whose being there says something. */
const PRESENT = /Value$|^as|^sum$|^min$|^max$|^(resource|scope|body|value)$/

function isDefault(key: string, value: unknown): boolean {
  if (PRESENT.test(key)) return false
  if (['status', 'positive', 'negative'].includes(key)) {
    return Object.keys(withoutDefaults(value) as object).every((name) => name === 'offset')
  }
  return [0, '0', '', false].includes(value as string) || (Array.isArray(value) && !value.length)
}

describe('a received request', () => {
  it.each(cases(40))('of %s counts its items and is encoded as it came (%i)', (signal, seed) => {
    const body = randomRequest(signal, seed)
    const batch = read(signal, body)
    expect(batch.encoded).toBe(body)
    expect(encode(batch)).toEqual(body)
    expect(batch.itemCount).toBe(itemsIn(signal, body))
    expect(checkItems(batch)).toBeUndefined()
  })

  it.each(cases(40))('of %s keeps every field when its groups are encoded (%i)', (signal, seed) => {
    const body = randomRequest(signal, seed)
    const batch = regrouped(read(signal, body))
    expect(batch.encoded).toBeUndefined()
    expect(batch.itemCount).toBe(read(signal, body).itemCount)
    expect(rowsOf(signal, encode(batch))).toEqual(rowsOf(signal, body))
    expect(checkItems(batch)).toBeUndefined()
  })

  it.each(cases(40))('of %s is decoded to every field (%i)', (signal, seed) => {
    const body = randomRequest(signal, seed)
    const rows = rowsOf(signal, encode(decoded(read(signal, body))))
    const expected = rowsOf(signal, body).filter((row) => signal !== 'metrics' || pointsIn(row) > 0)
    expect(withoutDefaults(rows)).toEqual(withoutDefaults(expected))
  })
})

describe('a list over received bytes', () => {
  it.each(cases(20).filter(([signal]) => signal === 'traces'))(
    'gives each field of each span (%s %i)',
    (_, seed) => {
      const batch = readRequest('traces', randomRequest('traces', seed), new Delivery())
      for (const { spans } of batch.groups) {
        const plain = new SpanArray(Array.from({ length: spans.length }, (_, i) => spans.at(i)))
        for (let i = spans.length - 1; i >= 0; i--) {
          expect(spanFields(spans, i)).toEqual(spanFields(plain, i))
        }
      }
    },
  )

  it.each(cases(20).filter(([signal]) => signal === 'logs'))(
    'gives each field of each log record (%s %i)',
    (_, seed) => {
      const batch = readRequest('logs', randomRequest('logs', seed), new Delivery())
      for (const { logs } of batch.groups) {
        const plain = new LogArray(Array.from({ length: logs.length }, (_, i) => logs.at(i)))
        for (let i = logs.length - 1; i >= 0; i--) {
          expect(logFields(logs, i)).toEqual(logFields(plain, i))
        }
      }
    },
  )

  it('reads a kind or status that OTLP does not know as the one that says nothing', () => {
    const spans = [{ kind: 0 }, { kind: 9, status: { code: 7 } }, {}]
    const body = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] })
    const list = readRequest('traces', body, new Delivery()).groups[0]!.spans
    for (const i of [0, 1, 2]) {
      expect([list.kind(i), list.status(i), list.at(i).kind]).toEqual([1, 0, 1])
    }
  })

  it('gives the first of attributes with the same key', () => {
    const attributes = [1n, 2n].map((intValue) => ({ key: 'a', value: { intValue } }))
    const spans = [{ attributes }]
    const body = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] })
    const list = readRequest('traces', body, new Delivery()).groups[0]!.spans
    expect([list.attribute(0, 'a'), list.at(0).attributes]).toEqual([1, { a: 1 }])
  })
})

function spanFields(list: SpanList, i: number): unknown[] {
  const { attributes } = list.at(i)
  return [
    list.name(i),
    list.kind(i),
    list.status(i),
    list.durationNs(i),
    // Microseconds: what a double holds of nanoseconds.
    Math.round(list.startMs(i) * 1000),
    list.randomness(i),
    list.traceState(i),
    list.sampledUpstream(i),
    list.attribute(i, 'none'),
    ...Object.keys(attributes).map((key) => list.attribute(i, key)),
  ]
}

function logFields(list: LogList, i: number): unknown[] {
  const { attributes } = list.at(i)
  return [
    list.timeNs(i),
    list.observedNs(i),
    list.severity(i),
    list.severityText(i),
    list.body(i),
    list.flags(i),
    list.traceId(i),
    list.spanId(i),
    list.eventName(i),
    list.attribute(i, 'none'),
    ...Object.keys(attributes).map((key) => list.attribute(i, key)),
  ]
}

describe('a resource that comes again', () => {
  const bodyOf = (...names: string[]): Buffer =>
    encodeRequest('logs', {
      resourceLogs: names.map((name) => ({
        resource: { attributes: [{ key: 'service.name', value: { stringValue: name } }] },
        scopeLogs: [{ scope: { name: 'app' }, logRecords: [{ severityText: name }] }],
      })),
    })
  const groupsOf = (body: Buffer) => readRequest('logs', body, new Delivery()).groups

  it('is the same object, and so is its scope', () => {
    const [first, other] = groupsOf(bodyOf('shop', 'bank'))
    const [again] = groupsOf(bodyOf('shop'))
    expect(again!.resource).toBe(first!.resource)
    expect(again!.scope).toBe(first!.scope)
    expect(other!.resource).not.toBe(first!.resource)
  })

  it('keeps no request in memory: its bytes are its own', () => {
    const body = bodyOf('bakery')
    const [group] = groupsOf(body)
    body.fill(0)
    expect(group!.resource.attributes).toEqual({ 'service.name': 'bakery' })
    expect(group!.scope.name).toBe('app')
  })
})
