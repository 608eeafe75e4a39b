import { describe, expect, it } from 'vitest'
import { Delivery } from './delivery.ts'
import { type MetricGroup, Metrics } from './metrics.ts'
import { gauge, histogram, histogramPoint, metricsOf, numberPoint } from './metrics_for_tests.ts'
import { splitMetrics } from './metrics_split.ts'
import { Resource } from './resource.ts'

const points = (...values: number[]) => values.map((value) => numberPoint(value))

const scope = { name: 'waggle/test', version: '' }
const groups: readonly MetricGroup[] = [
  { resource: new Resource({}), scope, metrics: [gauge('a', points(1, 2)), gauge('b', points(3))] },
  { resource: new Resource({}), scope, metrics: [gauge('c', points(4, 5, 6))] },
]
const batch = new Metrics(groups, new Delivery())

/** `[group, metric, values]` of each metric. */
const contents = ({ groups: list }: Metrics) =>
  list.flatMap(({ resource, metrics }) =>
    metrics.map(({ name, data }) => [
      groups.findIndex((group) => group.resource === resource),
      name,
      data.points.map((point) => 'value' in point && point.value),
    ]),
  )

describe('splitMetrics', () => {
  it.each<[number, unknown[], unknown[]]>([
    [
      1,
      [[0, 'a', [1]]],
      [
        [0, 'a', [2]],
        [0, 'b', [3]],
        [1, 'c', [4, 5, 6]],
      ],
    ],
    [
      2,
      [[0, 'a', [1, 2]]],
      [
        [0, 'b', [3]],
        [1, 'c', [4, 5, 6]],
      ],
    ],
    [
      3,
      [
        [0, 'a', [1, 2]],
        [0, 'b', [3]],
      ],
      [[1, 'c', [4, 5, 6]]],
    ],
    [
      5,
      [
        [0, 'a', [1, 2]],
        [0, 'b', [3]],
        [1, 'c', [4, 5]],
      ],
      [[1, 'c', [6]]],
    ],
  ])('cuts after data point %i', (items, first, second) => {
    const halves = splitMetrics(batch, items)
    expect(halves.map(contents)).toEqual([first, second])
    expect(halves.map(({ itemCount }) => itemCount)).toEqual([items, 6 - items])
    expect(halves.every(({ delivery }) => delivery === batch.delivery)).toBe(true)
  })

  it('keeps what a metric is', () => {
    const metric = histogram('h', [histogramPoint(), histogramPoint()], { temporality: 1 })
    const halves = splitMetrics(metricsOf([metric]), 1)
    for (const { groups: list } of halves) {
      expect(list[0]!.metrics).toEqual([
        { ...metric, data: { ...metric.data, points: [histogramPoint()] } },
      ])
    }
  })

  it('does not give a metric without data points twice', () => {
    const halves = splitMetrics(metricsOf([gauge('a', points(1)), gauge('none', [])]), 1)
    expect(halves.map(({ groups: list }) => list.flatMap(({ metrics }) => metrics).length)).toEqual(
      [2, 0],
    )
  })
})
