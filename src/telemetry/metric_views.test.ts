import { expect, it } from 'vitest'
import { MetricRegistry } from './metric_registry.ts'
import { applyViews, patternOf, type MetricView } from './metric_views.ts'

/** What is left of three metrics: name, attributes, value. */
function left(...views: Partial<MetricView>[]): string[] {
  const registry = new MetricRegistry(
    'normal',
    views.map((view) => ({ drop: false, ...view })),
  )
  const meter = registry.meter({ exporter: 'a' })
  const facts = { description: '', unit: 'By' }
  meter.gauge({ ...facts, name: 'queue.size' }, (observe) => {
    observe(1, { kind: 'traces' })
    observe(2, { kind: 'logs' })
  })
  meter.counter({ ...facts, name: 'queue.sent' }, (observe) => observe(5))
  meter.counter({ ...facts, name: 'other', unit: 's' }, (observe) => observe(7))
  return registry
    .collect()
    .metrics.flatMap(({ facts: { name }, points }) =>
      points.map(({ attributes, value }) => `${name} ${Object.values(attributes).join()} ${value}`),
    )
}

const all = ['queue.size a,traces 1', 'queue.size a,logs 2', 'queue.sent a 5', 'other a 7']

it('changes nothing without views, and by a view that says nothing', () => {
  expect(left()).toEqual(all)
  expect(left({})).toEqual(all)
  expect(applyViews([], [{ drop: true }])).toEqual([])
})

it('leaves out metrics by name, type and unit', () => {
  expect(left({ name: 'queue.*', drop: true })).toEqual(['other a 7'])
  expect(left({ name: 'queue.s?ze', drop: true })).toEqual(['queue.sent a 5', 'other a 7'])
  expect(left({ name: 'queue', drop: true })).toEqual(all)
  expect(left({ type: 'counter', drop: true })).toEqual(all.slice(0, 2))
  expect(left({ type: 'counter', unit: 's', drop: true })).toEqual(all.slice(0, 3))
})

it('leaves out attributes, and adds up what is the same then', () => {
  expect(left({ excluded: ['kind'] })).toEqual(['queue.size a 3', 'queue.sent a 5', 'other a 7'])
  expect(left({ name: 'queue.size', included: ['kind'] })).toEqual([
    'queue.size traces 1',
    'queue.size logs 2',
    'queue.sent a 5',
    'other a 7',
  ])
})

it('adds up distributions', () => {
  const registry = new MetricRegistry('normal', [{ drop: false, excluded: ['kind'] }])
  const facts = { name: 'sizes', description: '', unit: 'By' }
  registry.meter().histogram(facts, (observe) => {
    observe({ count: 1, sum: 2, bounds: [1], counts: [0, 1] }, { kind: 'logs' })
    observe({ count: 2, sum: 2, bounds: [1], counts: [2, 0] }, { kind: 'traces' })
  })
  const [metric] = registry.collect().metrics
  expect(metric?.points).toEqual([
    {
      attributes: {},
      value: 3,
      distribution: { count: 3, sum: 4, bounds: [1], counts: [2, 1] },
    },
  ])
})

it('takes a dot for a dot', () => {
  expect(patternOf('a.b').test('axb')).toBe(false)
  expect(patternOf('a*').test('a.b')).toBe(true)
})
