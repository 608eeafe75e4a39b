import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { attributes, logs, metrics, traces } from '../../src/ottl/batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import type { Metrics } from '../../src/pdata/metrics.ts'
import { countConfig } from './config.ts'
import { CountConnector } from './connector.ts'
import { count } from './index.ts'

lifecycleTest(count)

function run(options: unknown = {}) {
  const settings = testSettings(count)
  const connector = new CountConnector(settings, countConfig.parse(options), () => 5)
  const take = (batch: Batch): Metrics | undefined => {
    let out: Batch[] = []
    of(batch)
      .pipe(connector.operator, toArray())
      .subscribe((all) => (out = all))
    return out[0] as Metrics | undefined
  }
  return { settings, take }
}

/** What was counted: `service metric {attributes} n`. */
function countsOf(batch: Metrics | undefined): string[] {
  return (batch?.groups ?? []).flatMap(({ resource, metrics: all }) =>
    all.flatMap(({ name, data }) =>
      data.points.map((point) => {
        const value = 'value' in point ? point.value : undefined
        const service = String(resource.attributes['service.name'])
        const series =
          Object.keys(point.attributes).length === 0 ? '' : ` ${JSON.stringify(point.attributes)}`
        return `${service} ${name}${series} ${String(value)}`
      }),
    ),
  )
}

const span = (name: string, more: object = {}): object => ({
  name,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  startTimeUnixNano: '20',
  endTimeUnixNano: '30',
  ...more,
})
const event = (name: string): object => ({ name, timeUnixNano: '7' })
const shop = (delivery?: Delivery) =>
  traces(
    {
      shop: [
        span('a', { events: [event('x'), event('y')], attributes: attributes({ env: 'prod' }) }),
        span('b', { startTimeUnixNano: '10', attributes: attributes({ env: 'test' }) }),
      ],
      test: [span('c', { endTimeUnixNano: '40' })],
    },
    delivery,
  )

const point = (v: number): object => ({
  asInt: '1',
  timeUnixNano: '9',
  attributes: attributes({ v }),
})
const some = () =>
  metrics({
    shop: [
      { name: 'cpu', gauge: { dataPoints: [point(1), point(2)] } },
      {
        name: 'mem',
        sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [point(1)] },
      },
    ],
  })

describe('without options', () => {
  it('counts spans and their events by resource, from the first of their times to the last', () => {
    const out = run().take(shop())
    expect(countsOf(out)).toEqual([
      'shop trace.span.count 2',
      'shop trace.span.event.count 2',
      'test trace.span.count 1',
    ])
    const [first] = out?.groups ?? []
    expect(first?.scope).toEqual({ name: 'waggle/count', version: '0.0.0-test' })
    expect(first?.metrics[0]).toEqual({
      name: 'trace.span.count',
      description: 'The number of spans observed.',
      unit: '',
      data: {
        type: 'sum',
        monotonic: true,
        temporality: 1,
        points: [{ attributes: {}, value: 2, startNs: 10n, timeNs: 30n, exemplars: [] }],
      },
    })
    expect(first?.metrics[1]?.data.points[0]).toMatchObject({ startNs: 7n, timeNs: 7n })
  })

  it('counts metrics and their data points; a metric has no time but now', () => {
    const out = run().take(some())
    expect(countsOf(out)).toEqual(['shop metric.count 2', 'shop metric.datapoint.count 3'])
    const times = out?.groups[0]?.metrics.map(({ data }) => data.points[0]?.timeNs)
    expect(times).toEqual([5_000_000n, 9n])
  })

  it('counts log records', () => {
    expect(countsOf(run().take(logs({ shop: [{}, {}], test: [{}] })))).toEqual([
      'shop log.record.count 2',
      'test log.record.count 1',
    ])
  })
})

describe('metrics of ones own', () => {
  it('count what one of their conditions holds for, in place of the default', () => {
    const options = {
      spans: { ab: { conditions: ['name == "a"', 'span.name == "b"'] }, all: {} },
      spanevents: { x: { conditions: ['name == "x" and span.name == "a"'] } },
    }
    expect(countsOf(run(options).take(shop()))).toEqual([
      'shop ab 2',
      'shop all 2',
      'shop x 1',
      'test all 1',
    ])
  })

  it('count apart by attributes of the item, its scope or its resource', () => {
    const none = { conditions: ['false'] }
    const by = (...keys: string[]) => ({
      spanevents: { none },
      spans: { n: { attributes: keys.map((key) => ({ key })) } },
    })
    expect(countsOf(run(by('env')).take(shop()))).toEqual([
      'shop n {"env":"prod"} 1',
      'shop n {"env":"test"} 1',
    ])
    expect(countsOf(run(by('service.name')).take(shop()))).toEqual([
      'shop n {"service.name":"shop"} 2',
      'test n {"service.name":"test"} 1',
    ])
  })

  it('have a default for items without the attribute', () => {
    const spans = { n: { attributes: [{ key: 'env', default_value: 5 }] } }
    const options = { spans, spanevents: { none: { conditions: ['false'] } } }
    expect(countsOf(run(options).take(shop()))).toEqual([
      'shop n {"env":"prod"} 1',
      'shop n {"env":"test"} 1',
      'test n {"env":5} 1',
    ])
  })

  it('tell values of different types apart, whatever their types are', () => {
    const values: unknown[] = ['1', 1, true, 'true', [1], ['1'], { a: 1 }, 0.5, '1']
    const spans = values.map((v) => span('a', { attributes: attributes({ v }) }))
    const options = { spans: { n: { attributes: [{ key: 'v' }] } } }
    const out = run(options).take(traces({ shop: spans }))
    expect(
      out?.groups[0]?.metrics[0]?.data.points.map(({ attributes: found }) => found['v']),
    ).toEqual(values.slice(0, -1))
  })

  it('count data points and metrics by conditions', () => {
    const options = {
      metrics: { m: { conditions: ['name == "cpu"'] } },
      datapoints: { d: { conditions: ['attributes["v"] == 1'], attributes: [{ key: 'v' }] } },
    }
    expect(countsOf(run(options).take(some()))).toEqual(['shop m 1', 'shop d {"v":1} 2'])
  })
})

describe('a batch', () => {
  it('of which nothing is counted is told to its sender as taken', () => {
    const outcomes: Outcome[] = []
    const { take, settings } = run({
      spans: { n: { conditions: ['false'] } },
      spanevents: { n: { conditions: ['false'] } },
    })
    expect(take(shop(new Delivery((one) => outcomes.push(one))))).toBeUndefined()
    expect(outcomes).toEqual([{ kind: 'accepted' }])
    expect([settings.counters.out, settings.counters.dropped.size]).toEqual([3, 0])
  })

  it('has its sender told what became of its counts', () => {
    const outcomes: Outcome[] = []
    const out = run().take(shop(new Delivery((one) => outcomes.push(one))))
    expect(outcomes).toEqual([])
    out?.delivery.settle({ kind: 'refused', reason: 'queue_full' })
    expect(outcomes).toEqual([{ kind: 'refused', reason: 'queue_full' }])
  })

  it('that a condition fails over is given up, counted, and its sender told', () => {
    const outcomes: Outcome[] = []
    const { take, settings } = run({ spans: { n: { conditions: ['1 / (Len(name) - 1) == 1'] } } })
    expect(take(shop(new Delivery((one) => outcomes.push(one))))).toBeUndefined()
    expect(outcomes).toEqual([{ kind: 'rejected', reason: 'condition_failed' }])
    expect([...settings.counters.dropped]).toEqual([['condition_failed', 3]])
  })
})

it('says what is wrong with its options', () => {
  expect(errorsIn(count, new URL('testdata/', import.meta.url), 'bad_metrics.yaml')).toEqual([
    'bad_metrics.yaml:5:22: connectors.count.spans.a.conditions[0]: unknown path span.nme, did you mean "span.name"?, at character 1',
    'bad_metrics.yaml:8:9: connectors.count.metrics.b: unknown key "attributes" (known: description, conditions)',
    'bad_metrics.yaml:11:29: connectors.count.logs.d.attributes[0].key: expected at least 1 character, received ""',
  ])
})
