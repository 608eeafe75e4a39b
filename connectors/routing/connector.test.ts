import { describe, expect, it } from 'vitest'
import { EMPTY, Subject } from 'rxjs'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { attributes, logs, metrics, traces } from '../../src/ottl/batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { routingConfig } from './config.ts'
import { RoutingConnector } from './connector.ts'
import { routing } from './index.ts'

const anywhere = { table: [{ condition: 'true', pipelines: ['traces/a'] }] }
lifecycleTest(routing, anywhere)

/** Parts by the pipelines that they go to. */
type Taken = Record<string, Batch>

function run(options: unknown) {
  const lines: string[] = []
  const settings = testSettings(routing, { write: (line) => lines.push(line) })
  const connector = new RoutingConnector(settings, routingConfig.parse(options))
  const take = (batch: Batch): Taken => {
    const taken: Taken = {}
    const source = new Subject<Batch>()
    connector.operator(source).subscribe((part) => {
      taken[connector.destinationsOf().join(' ')] = part
    })
    source.next(batch)
    return taken
  }
  return {
    connector,
    settings,
    take,
    logged: () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
  }
}

const span = (name: string, values: Record<string, unknown> = {}): object => ({
  name,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  kind: 2,
  attributes: attributes(values),
})

const shop = (delivery?: Delivery): Traces =>
  traces(
    { shop: [span('a', { slow: true }), span('b')], test: [span('c'), span('d', { slow: true })] },
    delivery,
  )

/** What went where, as the names of spans. */
function spansIn(taken: Taken): Record<string, string> {
  const names = ({ groups }: Traces): string =>
    groups
      .flatMap(({ spans }) => Array.from({ length: spans.length }, (_, i) => spans.name(i)))
      .join('')
  return Object.fromEntries(Object.entries(taken).map(([to, part]) => [to, names(part as Traces)]))
}

const isShop = { condition: 'attributes["service.name"] == "shop"', pipelines: ['traces/shop'] }
const isSlow = {
  context: 'span',
  condition: 'attributes["slow"] == true',
  pipelines: ['traces/slow'],
}

describe('spans', () => {
  it.each([
    ['by their resource', [isShop], { 'traces/shop': 'ab', 'traces/other': 'cd' }],
    ['by themselves', [isSlow], { 'traces/slow': 'ad', 'traces/other': 'bc' }],
    [
      'to the first route that takes them, the resource first',
      [isShop, isSlow],
      { 'traces/shop': 'ab', 'traces/slow': 'd', 'traces/other': 'c' },
    ],
    [
      'to the first route that takes them, the spans first',
      [isSlow, isShop],
      { 'traces/slow': 'ad', 'traces/shop': 'b', 'traces/other': 'c' },
    ],
    [
      'to all that copies go to and where they are moved, once each',
      [{ ...isShop, action: 'copy' }, isSlow],
      {
        'traces/shop traces/slow': 'a',
        'traces/other traces/shop': 'b',
        'traces/other': 'c',
        'traces/slow': 'd',
      },
    ],
    [
      'by a statement',
      [
        {
          statement: 'route() where attributes["service.name"] == "test"',
          pipelines: ['traces/x', 'traces/y'],
        },
      ],
      { 'traces/x traces/y': 'cd', 'traces/other': 'ab' },
    ],
    [
      'by a statement that always holds',
      [{ statement: 'route()', pipelines: ['traces/x'] }],
      { 'traces/x': 'abcd' },
    ],
    [
      'past routes to pipelines of other kinds',
      [{ condition: 'true', pipelines: ['logs/x'] }],
      { 'traces/other': 'abcd' },
    ],
  ])('go %s', (_, table, expected) => {
    const { take } = run({ default_pipelines: ['traces/other', 'logs/other'], table })
    expect(spansIn(take(shop()))).toEqual(expected)
  })

  it('leave as the batch that they came in where all go the same way', () => {
    const batch = shop()
    expect(run(anywhere).take(batch)['traces/a']).toBe(batch)
  })

  it('that no route takes are dropped and counted where there is no default', () => {
    const { take, settings } = run({ table: [isShop] })
    const outcomes: Outcome[] = []
    const { 'traces/shop': part, ...others } = take(shop(new Delivery((one) => outcomes.push(one))))
    expect(others).toEqual({})
    expect([...settings.counters.dropped]).toEqual([['no_route', 2]])
    expect(outcomes).toEqual([])
    part?.delivery.settle({ kind: 'accepted' })
    expect(outcomes).toEqual([{ kind: 'accepted' }])
  })

  it('that all go nowhere are told to their sender as taken', () => {
    const outcomes: Outcome[] = []
    const { take, settings } = run({ table: [{ condition: 'false', pipelines: ['traces/a'] }] })
    expect(take(shop(new Delivery((one) => outcomes.push(one))))).toEqual({})
    expect(outcomes).toEqual([{ kind: 'accepted' }])
    expect([...settings.counters.dropped]).toEqual([['no_route', 4]])
  })

  it('tell their sender the worst of what became of the parts, once all are settled', () => {
    const outcomes: Outcome[] = []
    const { take } = run({ default_pipelines: ['traces/other'], table: [isSlow] })
    const taken = take(shop(new Delivery((one) => outcomes.push(one))))
    taken['traces/slow']?.delivery.settle({ kind: 'refused', reason: 'queue_full' })
    expect(outcomes).toEqual([])
    taken['traces/other']?.delivery.settle({ kind: 'accepted' })
    expect(outcomes).toEqual([{ kind: 'refused', reason: 'queue_full' }])
  })
})

it('sends totals of exchanges without spans where routes on their resource say, each once', () => {
  const resource = (name: string): Resource => new Resource({ 'service.name': name })
  const totals = ['shop', 'test'].map((name) => ({ resource: resource(name), totals: [] }))
  const batch = new Traces(shop().groups, new Delivery(), totals)
  const { take } = run({ default_pipelines: ['traces/other'], table: [isSlow, isShop] })
  const taken = take(batch) as Record<string, Traces>
  expect(Object.fromEntries(Object.entries(taken).map(([to, part]) => [to, part.totals]))).toEqual({
    'traces/slow': [],
    'traces/shop': [totals[0]],
    'traces/other': [totals[1]],
  })
})

it('hands on totals alone, which have no items', () => {
  const totals = [{ resource: new Resource({ 'service.name': 'shop' }), totals: [] }]
  const { take } = run({ table: [isShop] })
  const batch = new Traces([], new Delivery(), totals)
  expect(take(batch)).toEqual({ 'traces/shop': batch })
})

describe('metrics', () => {
  const points = (...values: number[]): object[] =>
    values.map((value) => ({ asInt: String(value), attributes: attributes({ v: value }) }))
  const some = () =>
    metrics({
      shop: [
        { name: 'cpu', gauge: { dataPoints: points(1, 2, 3) } },
        { name: 'mem', gauge: { dataPoints: points(1, 4) } },
      ],
    })
  const isCpu = { context: 'metric', condition: 'name == "cpu"', pipelines: ['metrics/cpu'] }
  const isOne = {
    context: 'datapoint',
    condition: 'attributes["v"] == 1',
    pipelines: ['metrics/one'],
  }

  it.each([
    ['by themselves', [isCpu], { 'metrics/cpu': 'cpu 3', 'metrics/other': 'mem 2' }],
    [
      'by their data points',
      [isOne],
      { 'metrics/one': 'cpu 1, mem 1', 'metrics/other': 'cpu 2, mem 1' },
    ],
    [
      'by both, the data points first',
      [isOne, isCpu],
      { 'metrics/one': 'cpu 1, mem 1', 'metrics/cpu': 'cpu 2', 'metrics/other': 'mem 1' },
    ],
    [
      'by both, the metrics first and copied',
      [{ ...isCpu, action: 'copy' }, isOne],
      {
        'metrics/cpu metrics/one': 'cpu 1',
        'metrics/cpu metrics/other': 'cpu 2',
        'metrics/one': 'mem 1',
        'metrics/other': 'mem 1',
      },
    ],
  ])('go %s', (_, table, expected) => {
    const taken = run({ default_pipelines: ['metrics/other'], table }).take(some())
    const found = Object.entries(taken).map(([to, part]) => {
      const all = (part as ReturnType<typeof metrics>).groups.flatMap((group) => group.metrics)
      return [to, all.map(({ name, data }) => `${name} ${data.points.length}`).join(', ')]
    })
    expect(Object.fromEntries(found)).toEqual(expected)
  })
})

it('sends log records by what they are', () => {
  const table = [
    {
      context: 'log',
      condition: 'severity_number >= SEVERITY_NUMBER_ERROR',
      pipelines: ['logs/errors'],
    },
  ]
  const { take } = run({ default_pipelines: ['logs/other'], table })
  const taken = take(
    logs({ shop: [{ severityNumber: 9 }, { severityNumber: 17 }, { severityNumber: 9 }] }),
  )
  const counts = Object.entries(taken).map(([to, { itemCount }]) => [to, itemCount])
  expect(Object.fromEntries(counts)).toEqual({ 'logs/errors': 1, 'logs/other': 2 })
})

describe('a request', () => {
  const tenant = (operator: string): object => ({
    context: 'request',
    condition: `request["X-Tenant"] ${operator} "acme"`,
    pipelines: ['traces/acme'],
  })
  it.each([
    ['==', ['acme'], 'traces/acme'],
    ['==', ['other', 'acme'], 'traces/acme'],
    ['==', ['other'], 'traces/other'],
    ['==', undefined, 'traces/other'],
    ['!=', ['other'], 'traces/acme'],
    ['!=', ['acme'], 'traces/other'],
    ['!=', undefined, 'traces/other'],
  ])('with %s and the header %s has all of its data sent to %s', (operator, values, to) => {
    const { take } = run({ default_pipelines: ['traces/other'], table: [tenant(operator)] })
    const metadata = new Map(values && [['x-tenant', values]])
    expect(spansIn(take(shop(new Delivery(undefined, { metadata }))))).toEqual({ [to]: 'abcd' })
  })
})

describe('a condition that fails', () => {
  const failing = {
    context: 'span',
    condition: 'attributes["x"] == 1 / (Len(name) - 1)',
    pipelines: ['traces/x'],
  }

  it('gives the batch up, counted, and tells its sender', () => {
    const outcomes: Outcome[] = []
    const { take, settings } = run({ default_pipelines: ['traces/other'], table: [failing] })
    expect(take(shop(new Delivery((one) => outcomes.push(one))))).toEqual({})
    expect(outcomes).toEqual([{ kind: 'rejected', reason: 'condition_failed' }])
    expect([...settings.counters.dropped]).toEqual([['condition_failed', 4]])
  })

  it.each([
    ['ignore', ['A condition or statement fails.']],
    ['silent', []],
  ])('does not hold in error_mode %s; the next route is asked', (error_mode, lines) => {
    const { take, logged } = run({
      error_mode,
      default_pipelines: ['traces/other'],
      table: [failing, isShop],
    })
    expect(spansIn(take(shop()))).toEqual({ 'traces/shop': 'ab', 'traces/other': 'cd' })
    expect(logged()).toEqual(lines)
  })
})

it('ends with its source', () => {
  let ended = false
  run(anywhere)
    .connector.operator(EMPTY)
    .subscribe({ complete: () => (ended = true) })
  expect(ended).toBe(true)
})
