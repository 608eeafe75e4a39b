import { UnsupportedError, describeError } from '../component/errors.ts'
import { Governor } from '../helpers/governor.ts'
import { Graph } from '../pipeline/graph.ts'
import { Counters } from '../telemetry/counters.ts'
import { createLogger } from '../telemetry/logger.ts'
import type { Logger } from '../telemetry/logger.ts'
import { loadPlan } from './load.ts'
import type { ConfigOptions, Loaded } from './load.ts'
import { startMetrics } from './metrics.ts'
import type { Program } from './program.ts'
import { stopRequested } from './stop.ts'
import type { StopReason } from './stop.ts'
import { totalsFields, totalsText } from './totals.ts'

/** Node.js ends when no handle is left, and components need not have one while they wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Runs a configuration until it is told to stop or cannot go on. Resolves with the exit code. */
export async function run(options: ConfigOptions, program: Program): Promise<number> {
  const loaded = loadPlan(options, program.registry)
  const { telemetry, limits } = loaded.config.service
  const { logs } = telemetry
  const { version } = program
  const log = createLogger({ ...logs, out: program.stderr })
  const counters = new Counters()
  logWarnings(loaded, log)
  const metrics = await startMetrics({ telemetry, counters, log, version })
  const requested = stopRequested(program, log)
  const alive = setInterval(() => {}, LONGEST_TIMER_MS)
  const { meters } = metrics
  const governor = new Governor({ limits, log, meter: meters.meter({}) })
  const graph = new Graph(loaded.plan, { log, counters, meters, limits: governor, version })
  const onRunning = (): void => {
    log.info('Running.')
    // What starting costs is nothing to go by.
    governor.start()
  }
  const reason = await runUntilStopped({ graph, requested, log, onRunning })
  governor.stop()
  await graph.shutdown()
  await metrics.shutdown()
  clearInterval(alive)
  if (logs.encoding === 'json') log.info({ totals: totalsFields(counters.all()) }, 'Totals.')
  else program.stderr.write(totalsText(counters.all()))
  if (reason.kind === 'signal' || reason.kind === 'reader_gone') return 0
  program.stderr.write(
    reason.kind === 'failed' ? failureText(reason.error) : crashText(reason.error),
  )
  return 1
}

interface Run {
  readonly graph: Graph
  readonly requested: Promise<StopReason>
  readonly log: Logger
  readonly onRunning: () => void
}

async function runUntilStopped({ graph, requested, log, onRunning }: Run): Promise<StopReason> {
  const failed = graph.failed.then((error): StopReason => ({ kind: 'failed', error }))
  const stopping = Promise.race([requested, failed])
  const starting = graph
    .start()
    .then(onRunning, (error: unknown): StopReason => ({ kind: 'failed', error }))
  const early = await Promise.race([starting, stopping])
  const reason = early ?? (await stopping)
  if (reason.kind === 'signal') log.info({ signal: reason.signal }, 'Shutting down.')
  return reason
}

function logWarnings({ warnings }: Loaded, log: Logger): void {
  for (const { file, line, column, path, message } of warnings) {
    log.warn({ place: `${file}:${line}:${column}`, path, problem: message }, 'Odd configuration.')
  }
}

/** What went wrong, and what the operator can do where that is known. */
export function failureText(error: unknown): string {
  const remedy = remedyOf(error)
  return `waggle: ${describeError(error)}\n${remedy === undefined ? '' : `  remedy: ${remedy}\n`}`
}

/** Where it happened is for whoever reports it. */
function crashText(error: unknown): string {
  const stack = error instanceof Error ? error.stack : undefined
  return `waggle: unexpected error, please report it: ${stack ?? describeError(error)}\n`
}

function remedyOf(error: unknown): string | undefined {
  if (error instanceof UnsupportedError) return error.remedy
  return error instanceof Error ? remedyOf(error.cause) : undefined
}
