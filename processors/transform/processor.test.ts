import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import type { Settings } from '../../src/component/settings.ts'
import { attributes, logs, metrics, traces } from '../../src/ottl/batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { encodeBatch } from '../../src/pdata/otlp_encode.ts'
import { checkItems, readRequest } from '../../src/pdata/otlp_request.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { cases, randomRequest, rowsOf } from '../../src/pdata/random_requests_for_tests.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { transformConfig } from './config.ts'
import { transform } from './index.ts'
import { TransformProcessor } from './processor.ts'

lifecycleTest(transform, { trace_statements: ['set(span.name, "x")'] })

interface Running {
  take: <B extends Batch>(batch: B) => B | undefined
  settings: Settings
  logged: () => unknown[]
}

function run(options: unknown): Running {
  const lines: string[] = []
  const settings = testSettings(transform, { write: (line) => lines.push(line) })
  const processor = new TransformProcessor(settings, transformConfig.parse(options))
  return {
    settings,
    logged: () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
    take: <B extends Batch>(batch: B) => {
      let out: Batch[] = []
      of<Batch>(batch)
        .pipe(processor.operator, toArray())
        .subscribe((all) => (out = all))
      return out[0] as B | undefined
    },
  }
}

const span = (name: string, values: Record<string, unknown> = {}, more: object = {}): object => ({
  name,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  kind: 2,
  attributes: attributes(values),
  ...more,
})

/** The bytes of a batch as a request. */
function bytesOf(batch: OtlpBatch): Buffer {
  const out = new ProtoWriter()
  encodeBatch(batch, out)
  return out.toBytes()
}

describe('spans', () => {
  it('are changed one after the other, and what came in stays as it was', () => {
    const batch = traces({ shop: [span('a', { x: 1 }), span('b', { x: 2 })], test: [span('c')] })
    const before = bytesOf(batch)
    const left = run({
      trace_statements: [
        'set(span.attributes["y"], span.attributes["x"] * 2)  where span.attributes["x"] != nil',
        'set(span.name, Concat([resource.attributes["service.name"], span.name], "."))',
      ],
    }).take(batch)!
    expect(checkItems(left)).toBeUndefined()
    const found = left.groups.flatMap(({ spans }) =>
      Array.from({ length: spans.length }, (_, i) => [spans.name(i), spans.at(i).attributes]),
    )
    expect(found).toEqual([
      ['shop.a', { x: 1, y: 2 }],
      ['shop.b', { x: 2, y: 4 }],
      ['test.c', {}],
    ])
    expect(bytesOf(batch)).toEqual(before)
  })

  it('are handed on as the batch that they came in where none is changed', () => {
    const batch = traces({ shop: [span('a')] })
    const never = run({ trace_statements: ['set(span.name, "x") where span.name == "z"'] })
    expect(never.take(batch)).toBe(batch)
    expect(run({}).take(batch)).toBe(batch)
  })

  it('may change the resource that they share: the last one has the last word', () => {
    const batch = traces({ shop: [span('a'), span('b')], test: [span('c')] })
    const left = run({
      trace_statements: ['set(resource.attributes["last"], span.name)'],
    }).take(batch)!
    expect(left.groups.map(({ resource }) => resource.attributes)).toEqual([
      { 'service.name': 'shop', last: 'b' },
      { 'service.name': 'test', last: 'c' },
    ])
  })

  it('that are no bytes yet become such', () => {
    const list = traces({ shop: [span('a', { x: 1 })] }).groups[0]!.spans
    const spans = new SpanArray([list.at(0)])
    const scope = { name: 'lib', version: '' }
    const made = new Traces([{ resource: new Resource({ a: 1 }), scope, spans }], new Delivery())
    const left = run({
      trace_statements: ['set(span.attributes["a"], resource.attributes["a"])'],
    }).take(made)!
    expect(left.groups[0]!.spans.at(0)).toEqual({ ...list.at(0), attributes: { x: 1, a: 1 } })
  })

  it('keep fields that nobody knows, and whole numbers that are doubles', () => {
    const batch = traces({
      shop: [span('a', {}, { attributes: [{ key: 'd', value: { doubleValue: 5 } }] })],
    })
    const left = run({
      trace_statements: [
        'set(span.name, "b")',
        'set(span.attributes["e"], span.attributes["d"] + 1)',
      ],
    }).take(batch)!
    const [row] = rowsOf('traces', bytesOf(left))
    expect(row?.item['attributes']).toEqual([
      { key: 'd', value: { doubleValue: 5 } },
      { key: 'e', value: { doubleValue: 6 } },
    ])
  })
})

it('changes resources and scopes once, and the resources of totals with them', () => {
  const totals = [{ resource: new Resource({ 'service.name': 'shop' }), totals: [] }]
  const received = traces({ shop: [span('a')] })
  const batch = new Traces(received.groups, new Delivery(), totals)
  const left = run({
    trace_statements: [
      { statements: ['set(resource.attributes["n"], 1)'] },
      { context: 'scope', statements: ['set(version, "2")', 'set(attributes["s"], "t")'] },
    ],
  }).take(batch)!
  const [group] = left.groups
  expect(group?.resource.attributes).toEqual({ 'service.name': 'shop', n: 1 })
  expect([group?.scope.name, group?.scope.version, group?.scope.attributes]).toEqual([
    'lib',
    '2',
    { s: 't' },
  ])
  expect(left.totals[0]?.resource.attributes).toEqual({ 'service.name': 'shop', n: 1 })
  expect(group?.spans.at(0)).toEqual(received.groups[0]!.spans.at(0))
})

it('changes events of spans', () => {
  const events = [
    { name: 'one', timeUnixNano: '5' },
    { name: 'two', timeUnixNano: '6' },
  ]
  const left = run({
    trace_statements: [
      'set(spanevent.attributes["at"], spanevent.event_index) where spanevent.name == "two"',
    ],
  }).take(traces({ shop: [span('a', {}, { events })] }))!
  expect(left.groups[0]!.spans.at(0).events).toEqual([
    { name: 'one', timeNs: 5n, attributes: {} },
    { name: 'two', timeNs: 6n, attributes: { at: 1 } },
  ])
})

describe('metrics', () => {
  const points = [{ asInt: '3', attributes: attributes({ cpu: 'a', x: 1 }) }, { asDouble: 1.5 }]
  const sum = {
    name: 'cpu',
    sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: points },
  }
  const histogram = {
    name: 'lat',
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [{ count: '3', sum: 1.5, bucketCounts: ['1', '2'], explicitBounds: [5] }],
    },
  }

  it('change their names and types', () => {
    const left = run({
      metric_statements: [
        'convert_sum_to_gauge() where metric.name == "cpu"',
        'set(metric.unit, "1")',
        'set(metric.description, "d") where metric.type == METRIC_DATA_TYPE_GAUGE',
      ],
    }).take(metrics({ shop: [sum, histogram] }))!
    expect(checkItems(left)).toBeUndefined()
    const found = left.groups[0]!.metrics.map(({ name, unit, description, data }) => [
      name,
      unit,
      description,
      data.type,
    ])
    expect(found).toEqual([
      ['cpu', '1', 'd', 'gauge'],
      ['lat', '1', '', 'histogram'],
    ])
  })

  it('become sums and back', () => {
    const gauge = { name: 'g', gauge: { dataPoints: points } }
    const there = run({ metric_statements: ['convert_gauge_to_sum("delta", true)'] }).take(
      metrics({ shop: [gauge] }),
    )!
    expect(there.groups[0]!.metrics[0]!.data).toMatchObject({
      type: 'sum',
      temporality: 1,
      monotonic: true,
    })
    const batch = metrics({ shop: [gauge] })
    const back = run({
      metric_statements: ['convert_gauge_to_sum("delta", true)', 'convert_sum_to_gauge()'],
    }).take(batch)!
    expect(back.groups[0]!.metrics[0]!.data).toEqual(batch.groups[0]!.metrics[0]!.data)
  })

  it('change their data points', () => {
    const left = run({
      metric_statements: [
        'keep_keys(datapoint.attributes, ["cpu"])',
        'set(datapoint.value_double, 0.25) where datapoint.value_int == 3',
        'set(datapoint.sum, 2.5)',
        'set(datapoint.bucket_counts, [2, 1])',
      ],
    }).take(metrics({ shop: [sum, histogram] }))!
    const [first, second] = left.groups[0]!.metrics
    expect(first?.data.points).toMatchObject([
      { value: 0.25, attributes: { cpu: 'a' } },
      { value: 1.5 },
    ])
    expect(second?.data.points).toMatchObject([{ count: 3, sum: 2.5, counts: [2, 1], bounds: [5] }])
  })
})

it('runs a group where one of its conditions holds', () => {
  const statements = ['set(span.name, "z")']
  const conditions = ['span.attributes["x"] == 1', 'span.name == "c"']
  const batch = traces({ shop: [span('a', { x: 1 }), span('b', { x: 2 }), span('c')] })
  const left = run({ trace_statements: [{ conditions, statements }] }).take(batch)!
  const { spans } = left.groups[0]!
  expect([0, 1, 2].map((i) => spans.name(i))).toEqual(['z', 'b', 'z'])
})

it('changes log records', () => {
  const left = run({
    log_statements: [
      'merge_maps(log.attributes, ParseJSON(log.body), "upsert") where IsMatch(log.body, "^\\\\{")',
      'set(log.severity_number, SEVERITY_NUMBER_ERROR) where log.attributes["level"] == "error"',
      'set(log.body, log.attributes["msg"])',
    ],
  }).take(
    logs({
      shop: [
        { body: { stringValue: '{"level":"error","msg":"no"}' } },
        { body: { stringValue: 'x' } },
      ],
    }),
  )!
  const [group] = left.groups
  expect(group?.logs.at(0)).toMatchObject({
    severity: 17,
    body: 'no',
    attributes: { level: 'error', msg: 'no' },
  })
  expect(group?.logs.at(1)).toMatchObject({ severity: 0, body: 'x', attributes: {} })
})

describe('a statement that fails', () => {
  const options = (mode: string): object => ({
    error_mode: mode,
    trace_statements: ['set(span.attributes["y"], 1 / 0)', 'set(span.name, "z")'],
  })

  it.each(['ignore', 'silent'])('is left out in error_mode %s; the next one runs', (mode) => {
    const running = run(options(mode))
    const left = running.take(traces({ shop: [span('a')] }))!
    expect(left.groups[0]!.spans.at(0)).toMatchObject({ name: 'z', attributes: {} })
    expect(running.logged()).toEqual(mode === 'silent' ? [] : ['A condition or statement fails.'])
  })

  it('gives the batch up in error_mode propagate, counted, and tells its sender', () => {
    const outcomes: Outcome[] = []
    const running = run(options('propagate'))
    expect(
      running.take(traces({ shop: [span('a')] }, new Delivery((one) => outcomes.push(one)))),
    ).toBeUndefined()
    expect(outcomes).toEqual([{ kind: 'rejected', reason: 'statement_failed' }])
    expect([...running.settings.counters.dropped]).toEqual([['statement_failed', 1]])
  })
})

describe('random requests of the official schema', () => {
  const UNDONE = {
    traces: {
      trace_statements: ['set(span.attributes["new"], 1)', 'delete_key(span.attributes, "new")'],
    },
    metrics: {
      metric_statements: [
        'set(datapoint.attributes["new"], 1)',
        'delete_key(datapoint.attributes, "new")',
      ],
    },
    logs: {
      log_statements: ['set(log.attributes["new"], 1)', 'delete_key(log.attributes, "new")'],
    },
  }

  it.each(cases(60))('keep all that no statement names: %s %d', (signal, seed) => {
    const body = randomRequest(signal, seed)
    const batch = readRequest(signal, Buffer.from(body), new Delivery())
    const left = run({ error_mode: 'propagate', ...UNDONE[signal] }).take(batch)!
    expect(checkItems(left)).toBeUndefined()
    expect(rowsOf(signal, bytesOf(left))).toEqual(rowsOf(signal, body))
    expect(bytesOf(batch)).toEqual(body)
  })
})
