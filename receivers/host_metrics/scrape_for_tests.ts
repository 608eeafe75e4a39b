import type { Scraped } from '../../src/helpers/scraper.ts'
import type { MetricGroup, NumberPoint } from '../../src/pdata/metrics.ts'

/** Data points as text: `system.cpu.time{cpu=cpu0,state=user} 10`, in their order. */
export function linesOf({ groups }: Pick<Scraped, 'groups'>): string[] {
  return groups.flatMap(({ metrics }) =>
    metrics.flatMap(({ name, data }) =>
      (data.points as readonly NumberPoint[]).map(({ attributes, value }) => {
        const pairs = Object.entries(attributes).map(([key, given]) => `${key}=${given as string}`)
        return `${name}{${pairs.join(',')}} ${value}`
      }),
    ),
  )
}

/** Each metric as `name type unit`, a counter with `counter` as its type, doubles marked. */
export function kindsOf(groups: readonly MetricGroup[]): string[] {
  return groups.flatMap(({ metrics }) =>
    metrics.map(({ name, unit, data }) => {
      const counts = data.type === 'sum' && data.monotonic
      const [point] = data.points as readonly NumberPoint[]
      const type = counts ? 'counter' : data.type
      return `${name} ${type} ${unit}${point?.isDouble ? ' double' : ''}`
    }),
  )
}
