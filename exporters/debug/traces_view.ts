import type { Traces } from '../../src/pdata/traces.ts'
import type { DebugConfig } from './config.ts'
import { spanBlock } from './span_block.ts'
import { SpanLine } from './span_line.ts'
import { printBatch, type ViewTools } from './view.ts'

/** Prints batches, as far as limit and output allow. */
export type TracesView = (batch: Traces) => void

/** The way of printing traces for a verbosity. */
export function tracesView(verbosity: DebugConfig['verbosity'], tools: ViewTools): TracesView {
  if (verbosity === 'basic') return (batch) => printBatch(batchText(batch), tools)
  if (verbosity === 'detailed') return detailedView(tools)
  return normalView(tools)
}

function batchText({ groups, itemCount }: Traces): string {
  return `Traces. resource_spans=${groups.length} spans=${itemCount}`
}

function normalView(tools: ViewTools): TracesView {
  const line = new SpanLine(tools.paint)
  const { output } = tools
  return (batch) => printSpans(batch, tools, (group, i) => line.render(group, i, output.columns))
}

function detailedView(tools: ViewTools): TracesView {
  return (batch) => printSpans(batch, tools, (group, i) => spanBlock(group, i, tools.paint))
}

/** Renders spans as long as lines are left; of the others only the number is looked at. */
function printSpans(
  batch: Traces,
  { limit, output }: ViewTools,
  render: (group: Traces['groups'][number], i: number) => string,
): void {
  let printed = 0
  for (const group of batch.groups) {
    for (let i = 0; i < group.spans.length; i++) {
      if (!limit.take()) return limit.skip(batch.itemCount - printed)
      output.write(`${render(group, i)}\n`)
      printed++
    }
  }
}
