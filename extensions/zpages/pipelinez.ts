import { COMPONENT_HEAD, componentCells, componentRow, statusesOf } from './component_row.ts'
import type { Page, Section } from './page.ts'

/** The pipelines: their components, how they fare and what went through them. */
export const pipelinez: Page = {
  path: '/debug/pipelinez',
  summary: 'The pipelines: their components, how they fare and what went through them.',
  read: ({ host }) => {
    const [statuses, counters] = [host.statuses(), host.telemetry.counters()]
    const metrics = host.telemetry.metrics()
    const data = host.pipelines().map((pipeline) => ({
      pipeline: pipeline.id,
      components: statusesOf(pipeline, statuses).map((one) => componentRow(one, counters, metrics)),
    }))
    const sections = data.map(({ pipeline, components }): Section => {
      return { title: pipeline, head: COMPONENT_HEAD, rows: components.map(componentCells) }
    })
    return { data, sections }
  },
}
