import type { LineLimit } from './line_limit.ts'
import type { Output } from './output.ts'
import type { Paint } from './paint.ts'
import { clockText } from './text.ts'

/** What a view needs beside its batches. */
export interface ViewTools {
  /** The exporter's id, for the lines of `basic`. */
  readonly id: string
  readonly output: Output
  readonly paint: Paint
  readonly limit: LineLimit
}

/** The line of `basic`: what came, as one item of the limit. */
export function printBatch(text: string, { id, limit, output, paint }: ViewTools): void {
  if (!limit.take()) return limit.skip(1)
  const clock = paint('faint', clockText(Date.now()))
  output.write(`${clock} info  [${id}] ${text}\n`)
}
