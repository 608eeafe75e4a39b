import type { ComponentCounters } from './counters.ts'
import type { CollectedMetric } from './metric_registry.ts'
import type { LogEntry } from './recent_log.ts'

/** What the agent knows about itself, for a component that shows it. */
export interface TelemetryView {
  /** What every component counts. */
  counters(): readonly ComponentCounters[]
  /** Every metric as it stands; none at level `none`. */
  metrics(): readonly CollectedMetric[]
  /** The latest warnings and errors of the log, the oldest first. */
  problems(): readonly LogEntry[]
}

/** Nothing is known. */
export const NO_TELEMETRY: TelemetryView = {
  counters: () => [],
  metrics: () => [],
  problems: () => [],
}
