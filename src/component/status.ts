import type { Role } from './component.ts'

/**
 * How a component fares, in the Collector's terms (component/componentstatus): `recoverable_error`
 * may pass by itself, `permanent_error` will not, and the component does none or only part of its
 * work; `fatal_error` ends the agent.
 */
export type ComponentState =
  | 'none'
  | 'starting'
  | 'ok'
  | 'recoverable_error'
  | 'permanent_error'
  | 'fatal_error'
  | 'stopping'
  | 'stopped'

/** A component, how it fares and since when. */
export interface ComponentStatus {
  readonly role: Role
  readonly id: string
  /** The pipeline of a processor, of which each pipeline has its own; empty for the others. */
  readonly pipeline: string
  readonly state: ComponentState
  /** What is wrong; empty for a state that is no error. */
  readonly error: string
  /** Since when it has been in this state, in milliseconds since 1970. */
  readonly sinceMs: number
}

/**
 * Where a component tells how it fares while it runs. Its start and end are told by the graph. A
 * `permanent` error stays until the component is shut down.
 */
export interface StatusReporter {
  /** It works, again or still. */
  ok(): void
  /** It does not work now and goes on trying, as with a destination that does not answer. */
  recoverable(error: string): void
  /** It does not work, and will not before somebody changes something. */
  permanent(error: string): void
}

/** Nobody listens. */
export const NO_STATUS: StatusReporter = { ok() {}, recoverable() {}, permanent() {} }
