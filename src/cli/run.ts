import { UnsupportedError, describeError } from '../component/errors.ts'
import type { FeatureFacts } from '../component/host.ts'
import { gatesOf } from '../config/index.ts'
import { Governor } from '../helpers/governor.ts'
import { CollectorHost } from '../pipeline/collector_host.ts'
import { Graph } from '../pipeline/graph.ts'
import { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import { loadPlan } from './load.ts'
import type { ConfigOptions, Loaded } from './load.ts'
import { openLog } from './logs.ts'
import { startMetrics } from './metrics.ts'
import type { Program } from './program.ts'
import { Reloader } from './reload.ts'
import { stopRequested } from './stop.ts'
import type { StopReason } from './stop.ts'
import { totalsFields, totalsText } from './totals.ts'

/** Node.js ends when no handle is left, and components need not have one while they wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** What `run` can be told beside what to run. */
export interface RunOptions extends ConfigOptions {
  /** Whether a change of a file reloads the configuration. */
  readonly watchConfig: boolean
}

/** Runs a configuration until it is told to stop or cannot go on. Resolves with the exit code. */
export async function run(options: RunOptions, program: Program): Promise<number> {
  // Who asks for a reload before there is anything to reload does not end the agent.
  process.on('SIGHUP', () => {})
  const load = (): Promise<Loaded> => loadPlan(options, program.registry)
  const loaded = await load()
  const { telemetry, limits } = loaded.config.service
  const { logs } = telemetry
  const { version, registry } = program
  const running = openLog(logs, program)
  const { log } = running
  const counters = new Counters()
  logWarnings(loaded, log)
  const metrics = await startMetrics({ telemetry, counters, log, registry, version })
  const requested = stopRequested(program, log)
  const alive = setInterval(() => {}, LONGEST_TIMER_MS)
  const { meters } = metrics
  const meter = meters.meter({})
  const governor = new Governor({ limits, log, meter })
  const host = new CollectorHost()
  host.setFeatures(featuresOf(options))
  host.setTelemetry({
    counters: () => counters.all(),
    metrics: () => metrics.collect(),
    problems: () => running.recent.entries,
  })
  const graph = new Graph(loaded.plan, { log, counters, meters, limits: governor, host, version })
  const watch = options.watchConfig
  const reloader = new Reloader({ load, loaded, graph, host, log, meter, watch })
  const onRunning = (): void => {
    log.info('Running.')
    // What starting costs is nothing to go by.
    governor.start()
    reloader.start()
  }
  const reason = await runUntilStopped({ graph, requested, log, onRunning })
  reloader.stop()
  governor.stop()
  await graph.shutdown()
  await metrics.shutdown()
  clearInterval(alive)
  if (logs.encoding === 'json') log.info({ totals: totalsFields(counters.all()) }, 'Totals.')
  else program.stderr.write(totalsText(counters.all()))
  running.close()
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

function featuresOf({ featureGates = [] }: ConfigOptions): FeatureFacts[] {
  const gates = gatesOf(featureGates)
  return gates.all().map((gate) => ({ ...gate, enabled: gates.isEnabled(gate.id) }))
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
