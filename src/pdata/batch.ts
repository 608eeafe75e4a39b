import type { Logs } from './logs.ts'
import type { Metrics } from './metrics.ts'
import type { Observations } from './observations.ts'
import type { Traces } from './traces.ts'

/** The kinds of data that pipelines carry. A pipeline is named after the last three. */
export const KINDS = ['observations', 'traces', 'metrics', 'logs'] as const

/** One of the kinds of data that pipelines carry. */
export type Kind = (typeof KINDS)[number]

/**
 * What travels between components: many items at once, never one.
 *
 * A batch is never changed by who receives it; a processor that wants another one makes it, and
 * passes the same `delivery` on.
 */
export type Batch = Observations | Traces | Metrics | Logs
