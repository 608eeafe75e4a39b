import type { ComponentCounters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { NO_HOST, type Host } from './host.ts'
import { NO_LIMITS, type Limits } from './limits.ts'
import { NO_STATUS, type StatusReporter } from './status.ts'

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
  /** Where the component tells how it fares. */
  readonly status: StatusReporter
  /** The collector around it: extensions, pipelines, how the others fare. */
  readonly host: Host
  /** This build of Waggle. */
  readonly version: string
}

/** What a component finds around it when it is alone, as in a test. */
export const NO_SURROUNDINGS = { limits: NO_LIMITS, status: NO_STATUS, host: NO_HOST } as const
