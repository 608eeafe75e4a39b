import type { LogGroup, Logs } from '../../src/pdata/logs.ts'
import type { DebugConfig } from './config.ts'
import { logBlock } from './log_block.ts'
import { LogLine } from './log_line.ts'
import { printBatch, type ViewTools } from './view.ts'

/** Prints batches, as far as limit and output allow. */
export type LogsView = (batch: Logs) => void

/** The way of printing logs for a verbosity. */
export function logsView(verbosity: DebugConfig['verbosity'], tools: ViewTools): LogsView {
  if (verbosity === 'basic') return (batch) => printBatch(batchText(batch), tools)
  if (verbosity === 'detailed') {
    return (batch) => printRecords(batch, tools, (group, i) => logBlock(group, i, tools.paint))
  }
  const line = new LogLine(tools.paint)
  const { output } = tools
  return (batch) => printRecords(batch, tools, (group, i) => line.render(group, i, output.columns))
}

function batchText({ groups, itemCount }: Logs): string {
  return `Logs. resource_logs=${groups.length} log_records=${itemCount}`
}

/** Renders records as long as lines are left; of the others only the number is looked at. */
function printRecords(
  batch: Logs,
  { limit, output }: ViewTools,
  render: (group: LogGroup, i: number) => string,
): void {
  let printed = 0
  for (const group of batch.groups) {
    for (let i = 0; i < group.logs.length; i++) {
      if (!limit.take()) return limit.skip(batch.itemCount - printed)
      output.write(`${render(group, i)}\n`)
      printed++
    }
  }
}
