/**
 * Start and end of a component. Both are optional.
 *
 * `start` returns quickly: long work goes on in the background. `shutdown` works before `start` and
 * twice, and does not resolve before all background work has stopped.
 */
export interface Lifecycle {
  start?(): Promise<void>
  shutdown?(): Promise<void>
}
