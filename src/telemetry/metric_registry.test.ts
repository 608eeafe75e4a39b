import { expect, it } from 'vitest'
import { MetricRegistry } from './metric_registry.ts'

const lost = { name: 'waggle.lost', description: 'Lost.', unit: '{item}' }
const size = { name: 'waggle.size', description: 'Size.', unit: 'By' }

it('reads the values as they stand when it is asked, and not before', () => {
  const registry = new MetricRegistry('normal')
  let items = 1
  let reads = 0
  registry.meter().counter(lost, (observe) => {
    reads++
    observe(items, { reason: 'full' })
  })
  expect(reads).toBe(0)
  items = 5
  const points = [{ attributes: { reason: 'full' }, value: 5 }]
  expect(registry.collect()).toEqual({
    metrics: [{ facts: lost, type: 'counter', points }],
    errors: [],
  })
})

it('joins what several components tell of one metric, each with its own attributes', () => {
  const registry = new MetricRegistry('normal')
  registry.meter({ exporter: 'a' }).gauge(size, (observe) => observe(1))
  registry.meter({ exporter: 'b' }).gauge(size, (observe) => observe(2, { data_type: 'logs' }))
  expect(registry.collect().metrics).toEqual([
    {
      facts: size,
      type: 'gauge',
      points: [
        { attributes: { exporter: 'a' }, value: 1 },
        { attributes: { exporter: 'b', data_type: 'logs' }, value: 2 },
      ],
    },
  ])
})

it('leaves out a value that is not known any more, and a metric that has none', () => {
  const registry = new MetricRegistry('normal')
  let known = true
  registry.meter().gauge(size, (observe) => known && observe(1))
  expect(registry.collect().metrics).toHaveLength(1)
  known = false
  expect(registry.collect().metrics).toEqual([])
})

it('ends what was registered, one by one or all of a meter', () => {
  const registry = new MetricRegistry('normal')
  const meter = registry.meter()
  const end = meter.gauge(size, (observe) => observe(1))
  meter.counter(lost, (observe) => observe(2))
  end()
  end()
  expect(registry.collect().metrics.map(({ facts }) => facts.name)).toEqual(['waggle.lost'])
  meter.close()
  meter.close()
  expect(registry.collect().metrics).toEqual([])
})

it('keeps what belongs to its level and below', () => {
  const names = (['basic', 'normal', 'detailed'] as const).map((level) => {
    const registry = new MetricRegistry(level)
    const meter = registry.meter()
    meter.gauge({ ...size, name: 'one', level: 'basic' }, (observe) => observe(1))
    meter.gauge({ ...size, name: 'two' }, (observe) => observe(1))
    meter.gauge({ ...size, name: 'three', level: 'detailed' }, (observe) => observe(1))
    return registry.collect().metrics.map(({ facts }) => facts.name)
  })
  expect(names).toEqual([['one'], ['one', 'two'], ['one', 'two', 'three']])
})

it('tells a series once, with the value that was told last', () => {
  const registry = new MetricRegistry('normal')
  registry.meter().gauge(size, (observe) => {
    observe(1, { a: 'x', b: 'y' })
    observe(2, { b: 'y', a: 'x' })
  })
  const [metric] = registry.collect().metrics
  expect(metric!.points.map(({ value }) => value)).toEqual([2])
})

it('loses only the values of a component that cannot tell them', () => {
  const registry = new MetricRegistry('normal')
  const boom = new Error('map closed')
  registry.meter({ n: '1' }).gauge(size, () => {
    throw boom
  })
  registry.meter({ n: '2' }).gauge(size, (observe) => observe(2))
  const { metrics, errors } = registry.collect()
  expect(metrics[0]!.points).toEqual([{ attributes: { n: '2' }, value: 2 }])
  expect(errors).toEqual([boom])
})

it('refuses one name for two sorts of values', () => {
  const meter = new MetricRegistry('normal').meter()
  meter.gauge(size, () => {})
  expect(() => meter.counter(size, () => {})).toThrow(
    'metric waggle.size is a gauge of unit "By" already, not a counter of "By"',
  )
  expect(() => meter.gauge({ ...size, unit: 's' }, () => {})).toThrow(
    'metric waggle.size is a gauge of unit "By" already, not a gauge of "s"',
  )
})
