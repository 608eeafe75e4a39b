import type { TelemetryConfig } from '../config/index.ts'
import { createLogger, type Logger } from '../telemetry/logger.ts'
import { LogSink } from '../telemetry/log_sink.ts'
import { RecentLog } from '../telemetry/recent_log.ts'
import { failureLine, openOutputs } from './log_outputs.ts'
import type { Program } from './program.ts'

/** The agent's log while it runs. */
export interface RunningLog {
  readonly log: Logger
  /** The latest warnings and errors. */
  readonly recent: RecentLog
  /** Says what was left out, and closes its files. */
  close(): void
}

/**
 * Opens the log as `service.telemetry.logs` says. Throws where a file cannot be opened.
 * @param streams the process's own
 */
export function openLog(
  logs: TelemetryConfig['logs'],
  streams: Pick<Program, 'stdout' | 'stderr'>,
): RunningLog {
  const { level, encoding, sampling, output_paths, error_output_paths } = logs
  const failures = openOutputs(error_output_paths, streams)
  const out = openOutputs(output_paths, streams, (path, error) =>
    failures.write(failureLine(path, error)),
  )
  const recent = new RecentLog()
  const repeats = sampling.enabled ? sampling : undefined
  const sink = new LogSink({ encoding, out, recent, repeats })
  const { initial_fields: initialFields, disable_stacktrace } = logs
  const log = createLogger({ level, sink, initialFields, stacktraces: !disable_stacktrace })
  const close = (): void => {
    sink.flush()
    out.close()
    failures.close()
  }
  return { log, recent, close }
}
