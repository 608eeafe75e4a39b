import type { ComponentCounters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import type { Limits } from './limits.ts'

/** What the collector hands to a component beside its configuration. */
export interface Settings {
  /** `type` or `type/name`, as in the configuration. */
  readonly id: string
  /** Carries the component's id. */
  readonly log: Logger
  /** The component's own counts; the table in `ComponentCounters` says who counts what. */
  readonly counters: ComponentCounters
  /** For what the component can tell beside its counters; its values carry the component's id. */
  readonly meter: Meter
  /** `service.limits`, for a component that can do less when the agent costs too much. */
  readonly limits: Limits
  /** This build of Waggle. */
  readonly version: string
}
