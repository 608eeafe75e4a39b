import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { Exporter } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { DebugConfig } from './config.ts'
import { LineLimit } from './line_limit.ts'
import { logsView } from './logs_view.ts'
import type { LogsView } from './logs_view.ts'
import { metricsView } from './metrics_view.ts'
import type { MetricsView } from './metrics_view.ts'
import { NetworkSummary } from './network_summary.ts'
import { networkTables } from './network_table.ts'
import { Output } from './output.ts'
import type { TextStream } from './output.ts'
import { paintFor } from './paint.ts'
import { Summary } from './summary.ts'
import { summaryTable } from './summary_table.ts'
import { tracesView } from './traces_view.ts'
import type { TracesView } from './traces_view.ts'

/** What the exporter takes from its surroundings. */
export interface DebugSurroundings {
  readonly stream?: TextStream
  readonly env?: NodeJS.ProcessEnv
}

const DONE: Promise<Outcome> = Promise.resolve(ACCEPTED)

/** Prints what comes, and every few seconds what came. Takes all; what it does not print is lost. */
export class DebugExporter implements Exporter {
  readonly #settings: Settings
  readonly #intervalMs: number
  readonly #output: Output
  readonly #limit: LineLimit
  readonly #traces: TracesView
  readonly #metrics: MetricsView
  readonly #logs: LogsView
  readonly #summary = new Summary()
  readonly #network = new NetworkSummary(BigInt(Date.now()) * 1_000_000n)
  #sinceMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    settings: Settings,
    config: DebugConfig,
    { stream = process.stdout, env = process.env }: DebugSurroundings = {},
  ) {
    const output = new Output(stream, settings.log)
    const paint = paintFor(config.colour ?? config.color, output.isTerminal, env)
    const limit = new LineLimit(config.max_lines_per_second, output, paint)
    this.#settings = settings
    this.#intervalMs = config.summary_interval
    this.#output = output
    this.#limit = limit
    const tools = { id: settings.id, output, paint, limit }
    this.#traces = tracesView(config.verbosity, tools)
    this.#metrics = metricsView(config.verbosity, tools)
    this.#logs = logsView(config.verbosity, tools)
  }

  async start(): Promise<void> {
    this.#output.open()
    if (this.#intervalMs === 0) return
    this.#sinceMs = performance.now()
    this.#timer = setInterval(() => this.#printSummary(), this.#intervalMs).unref()
  }

  export(batch: Batch): Promise<Outcome> {
    const counters = this.#settings.counters.of(batch.kind)
    counters.countIn(batch.itemCount)
    if (batch.kind === 'traces') {
      this.#traces(batch)
      if (this.#intervalMs > 0) this.#summary.add(batch)
    }
    if (batch.kind === 'metrics') {
      this.#metrics(batch)
      if (this.#intervalMs > 0) this.#network.add(batch)
    }
    if (batch.kind === 'logs') this.#logs(batch)
    counters.countOut(batch.itemCount)
    return DONE
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#timer)
    this.#limit.close()
    if (this.#timer) this.#printSummary()
    this.#timer = undefined
    await this.#output.close()
  }

  /** A table that cannot be printed now is part of the next one. */
  #printSummary(): void {
    if (!this.#output.ready) return
    const seconds = (performance.now() - this.#sinceMs) / 1_000
    const rows = this.#summary.take()
    const network = networkTables(this.#network.take(), Date.now(), seconds)
    this.#sinceMs += seconds * 1_000
    if (rows.length > 0) this.#output.write(summaryTable(rows, Date.now(), seconds))
    if (network !== '') this.#output.write(network)
  }
}
