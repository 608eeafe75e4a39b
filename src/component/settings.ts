import type { ComponentCounters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'

/** What the collector hands to a component beside its configuration. */
export interface Settings {
  /** `type` or `type/name`, as in the configuration. */
  readonly id: string
  /** Carries the component's id. */
  readonly log: Logger
  /** The component's own counts; the table in `ComponentCounters` says who counts what. */
  readonly counters: ComponentCounters
  /** This build of Waggle. */
  readonly version: string
}
