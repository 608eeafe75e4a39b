import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import type { Settings } from '../../src/component/settings.ts'
import { attributes, logs, metrics, traces } from '../../src/ottl/batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import { checkItems } from '../../src/pdata/otlp_request.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { filterConfig } from './config.ts'
import { filter } from './index.ts'
import { FilterProcessor } from './processor.ts'

lifecycleTest(filter, { trace_conditions: ['span.name == "x"'] })

interface Running {
  take: <B extends Batch>(batch: B) => B | undefined
  settings: Settings
  logged: () => unknown[]
  processor: FilterProcessor
}

function run(options: unknown): Running {
  const lines: string[] = []
  const settings = testSettings(filter, { write: (line) => lines.push(line) })
  const processor = new FilterProcessor(settings, filterConfig.parse(options))
  return {
    settings,
    processor,
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

const dropped = ({ settings }: Running): [string, number][] => [...settings.counters.dropped]

const span = (name: string, values: Record<string, unknown> = {}, more: object = {}): object => ({
  name,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  kind: 2,
  attributes: attributes(values),
  ...more,
})

function names(batch: Traces | undefined): string[] {
  return (batch?.groups ?? []).flatMap(({ spans }) =>
    Array.from({ length: spans.length }, (_, i) => spans.name(i)),
  )
}

const shop = (): Traces =>
  traces({
    shop: [span('a', { path: '/healthz' }), span('b', { path: '/' }), span('c')],
    test: [span('d'), span('e', { path: '/healthz' })],
  })

describe('spans', () => {
  it.each([
    [
      'one of several conditions',
      { trace_conditions: ['span.name == "a"', 'span.name == "d"'] },
      'bce',
    ],
    ['an attribute', { trace_conditions: ['span.attributes["path"] == "/healthz"'] }, 'bcd'],
    [
      'their resource',
      { trace_conditions: ['resource.attributes["service.name"] == "test"'] },
      'abc',
    ],
    ['their scope', { trace_conditions: ['scope.name == "other"'] }, 'abcde'],
    [
      'both',
      { trace_conditions: ['span.name != "a" and resource.attributes["service.name"] == "shop"'] },
      'ade',
    ],
    [
      'the older form',
      { traces: { span: ['name == "c"'], resource: ['attributes["service.name"] == "test"'] } },
      'ab',
    ],
    [
      'groups one after the other',
      {
        trace_conditions: [
          { conditions: ['span.name == "a"'] },
          { context: 'span', conditions: ['name == "b"'] },
        ],
      },
      'cde',
    ],
    ['nothing', {}, 'abcde'],
  ])('are dropped by %s', (_, options, left) => {
    const running = run(options)
    expect(names(running.take(shop())).join('')).toBe(left)
    expect(dropped(running)).toEqual(left.length === 5 ? [] : [['filtered', 5 - left.length]])
  })

  it('are handed on as the batch that they came in where none is dropped', () => {
    const batch = shop()
    expect(run({ trace_conditions: ['span.name == "z"'] }).take(batch)).toBe(batch)
  })

  it('are told to their sender as taken where all are dropped', () => {
    const outcomes: Outcome[] = []
    const batch = traces({ shop: [span('a')] }, new Delivery((outcome) => outcomes.push(outcome)))
    expect(run({ trace_conditions: ['true or span.name == "a"'] }).take(batch)).toBeUndefined()
    expect(outcomes).toEqual([{ kind: 'accepted' }])
  })

  it('that are no bytes yet are judged as those that are, and stay what they are', () => {
    const received = shop()
    const list = received.groups[0]!.spans
    const spans = new SpanArray(Array.from({ length: list.length }, (_, i) => list.at(i)))
    const scope = { name: 'lib', version: '' }
    const made = new Traces([{ resource: new Resource({}), scope, spans }], new Delivery())
    const left = run({ trace_conditions: ['span.attributes["path"] == "/"'] }).take(made)
    expect(names(left)).toEqual(['a', 'c'])
  })
})

it('keeps totals of exchanges without spans, save those of a resource that is dropped', () => {
  const resource = (name: string): Resource => new Resource({ 'service.name': name })
  const totals = ['shop', 'test'].map((name) => ({ resource: resource(name), totals: [] }))
  const batch = new Traces(shop().groups, new Delivery(), totals)
  const spans = run({ trace_conditions: ['span.kind == SPAN_KIND_SERVER'] }).take(batch)
  expect([spans?.itemCount, spans?.totals]).toEqual([0, totals])
  const some = run({ trace_conditions: ['span.name == "a"'] }).take(batch)
  expect(some?.totals).toEqual(totals)
  const left = run({ trace_conditions: ['resource.attributes["service.name"] == "test"'] }).take(
    batch,
  )
  expect(left?.totals).toEqual([totals[0]])
})

it('drops events of spans and leaves the rest of the span as it is', () => {
  const events = ['one', 'two', 'three'].map((name) => ({
    name,
    timeUnixNano: '5',
    attributes: attributes({ name }),
  }))
  const batch = traces({ shop: [span('a', { x: 1 }, { events, flags: 257 }), span('b')] })
  const before = batch.groups[0]!.spans.at(0)
  const running = run({
    trace_conditions: ['spanevent.attributes["name"] == "two" and span.name == "a"'],
  })
  const left = running.take(batch)!
  expect(checkItems(left)).toBeUndefined()
  expect(left.groups[0]!.spans.at(0)).toEqual({
    ...before,
    events: [before.events[0], before.events[2]],
  })
  expect(left.groups[0]!.spans.at(1)).toEqual(batch.groups[0]!.spans.at(1))
  expect(dropped(running)).toEqual([])
})

describe('metrics', () => {
  const points = (...values: number[]): object[] =>
    values.map((value) => ({ asInt: String(value), attributes: attributes({ v: value }) }))
  const some = (): ReturnType<typeof metrics> =>
    metrics({
      shop: [
        {
          name: 'cpu',
          unit: 's',
          sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: points(1, 2, 3) },
        },
        { name: 'mem', gauge: { dataPoints: points(4) } },
        {
          name: 'lat',
          histogram: {
            aggregationTemporality: 1,
            dataPoints: [{ count: '3', sum: 1.5, bucketCounts: ['1', '2'], explicitBounds: [5] }],
          },
        },
      ],
    })

  it.each([
    ['metric.name == "cpu"', ['mem 1', 'lat 1']],
    ['metric.type == METRIC_DATA_TYPE_SUM and metric.is_monotonic == true', ['mem 1', 'lat 1']],
    ['metric.aggregation_temporality == AGGREGATION_TEMPORALITY_DELTA', ['cpu 3', 'mem 1']],
    ['metric.aggregation_temporality == nil', ['cpu 3', 'lat 1']],
    ['datapoint.value_int > 1 and metric.name == "cpu"', ['cpu 1', 'mem 1', 'lat 1']],
    ['datapoint.attributes["v"] == 4', ['cpu 3', 'lat 1']],
    [
      'datapoint.count == 3 and datapoint.sum == 1.5 and datapoint.explicit_bounds == [5.0]',
      ['cpu 3', 'mem 1'],
    ],
    ['datapoint.bucket_counts == [1, 2]', ['cpu 3', 'mem 1']],
    ['datapoint.value_double == 0.0 and metric.unit == "s"', ['mem 1', 'lat 1']],
    ['HasAttrKeyOnDatapoint("v")', ['lat 1']],
    ['HasAttrOnDatapoint("v", 2)', ['mem 1', 'lat 1']],
    ['resource.attributes["service.name"] == "shop"', []],
  ])('are dropped by %s', (condition, left) => {
    const out = run({ metric_conditions: [condition] }).take(some())
    const found = (out?.groups ?? []).flatMap(({ metrics: all }) =>
      all.map(({ name, data }) => `${name} ${data.points.length}`),
    )
    expect(found).toEqual(left)
  })

  it('in the older form: metrics first, then data points', () => {
    const running = run({ metrics: { metric: ['name == "mem"'], datapoint: ['value_int == 1'] } })
    expect(running.take(some())?.itemCount).toBe(3)
    expect(dropped(running)).toEqual([['filtered', 2]])
  })
})

it('drops log records', () => {
  const running = run({
    log_conditions: ['log.severity_number < SEVERITY_NUMBER_INFO', 'IsMatch(log.body, "^no")'],
  })
  const out = running.take(
    logs({
      shop: [
        { severityNumber: 5 },
        { severityNumber: 9, body: { stringValue: 'yes' } },
        { severityNumber: 9, body: { stringValue: 'no' } },
      ],
    }),
  )
  expect(out?.groups[0]?.logs.at(0).body).toBe('yes')
  expect(out?.itemCount).toBe(1)
})

describe('a condition that fails', () => {
  const failing = 'span.attributes["path"] == 1 / (Len(span.name) - 1)'

  it('gives the batch up, counted, and tells its sender', () => {
    const outcomes: Outcome[] = []
    const batch = traces(
      { shop: [span('a'), span('b')] },
      new Delivery((one) => outcomes.push(one)),
    )
    const running = run({ trace_conditions: [failing] })
    expect(running.take(batch)).toBeUndefined()
    expect(outcomes).toEqual([{ kind: 'rejected', reason: 'condition_failed' }])
    expect(dropped(running)).toEqual([['condition_failed', 2]])
  })

  it.each(['ignore', 'silent'])('does not hold in error_mode %s; the next one is asked', (mode) => {
    const running = run({ error_mode: mode, trace_conditions: [failing, 'span.name == "b"'] })
    expect(names(running.take(shop()))).toEqual(['a', 'c', 'd', 'e'])
    expect(running.logged()).toEqual(mode === 'silent' ? [] : ['A condition or statement fails.'])
  })

  it('is told once when it begins and once when it has ended', async () => {
    const running = run({ error_mode: 'ignore', trace_conditions: [failing] })
    for (let i = 0; i < 3; i++) running.take(shop())
    await running.processor.shutdown()
    expect(running.logged()).toEqual([
      'A condition or statement fails.',
      'Conditions and statements no longer fail.',
    ])
  })
})
