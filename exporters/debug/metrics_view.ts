import type { Metric, MetricGroup, Metrics } from '../../src/pdata/metrics.ts'
import type { DebugConfig } from './config.ts'
import { pointBlock } from './point_block.ts'
import { PointLine } from './point_line.ts'
import { printBatch, type ViewTools } from './view.ts'

/** Prints batches, as far as limit and output allow. */
export type MetricsView = (batch: Metrics) => void

/** The way of printing metrics for a verbosity. */
export function metricsView(verbosity: DebugConfig['verbosity'], tools: ViewTools): MetricsView {
  if (verbosity === 'basic') return (batch) => printBatch(batchText(batch), tools)
  if (verbosity === 'detailed') return detailedView(tools)
  return normalView(tools)
}

function batchText({ groups, itemCount }: Metrics): string {
  const metrics = groups.reduce((sum, group) => sum + group.metrics.length, 0)
  return `Metrics. resource_metrics=${groups.length} metrics=${metrics} data_points=${itemCount}`
}

function normalView(tools: ViewTools): MetricsView {
  const line = new PointLine(tools.paint)
  const { output } = tools
  return (batch) =>
    printPoints(batch, tools, (group, metric, i) => line.render(group, metric, i, output.columns))
}

function detailedView(tools: ViewTools): MetricsView {
  return (batch) =>
    printPoints(batch, tools, (group, metric, i) => pointBlock(group, metric, i, tools.paint))
}

/** Renders data points as long as lines are left; of the others only the number is looked at. */
function printPoints(
  batch: Metrics,
  { limit, output }: ViewTools,
  render: (group: MetricGroup, metric: Metric, i: number) => string,
): void {
  let printed = 0
  for (const group of batch.groups) {
    for (const metric of group.metrics) {
      for (let i = 0; i < metric.data.points.length; i++) {
        if (!limit.take()) return limit.skip(batch.itemCount - printed)
        output.write(`${render(group, metric, i)}\n`)
        printed++
      }
    }
  }
}
