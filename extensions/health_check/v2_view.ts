import type { ComponentState } from '../../src/component/status.ts'
import type { Fare, GroupFare, Health } from './health.ts'

/** The Collector's names of the states (component/componentstatus). */
const STATUS: Readonly<Record<ComponentState, string>> = {
  none: 'StatusNone',
  starting: 'StatusStarting',
  ok: 'StatusOK',
  recoverable_error: 'StatusRecoverableError',
  permanent_error: 'StatusPermanentError',
  fatal_error: 'StatusFatalError',
  stopping: 'StatusStopping',
  stopped: 'StatusStopped',
}

/** The health in the form of the Collector's healthcheckv2. */
export function v2View(health: Health, startedMs: number, verbose: boolean): object {
  const components = {
    extensions: groupView(health.extensions),
    ...Object.fromEntries(
      [...health.pipelines].map(([id, group]) => [`pipeline:${id}`, groupView(group)]),
    ),
  }
  return { ...start(startedMs), ...fareView(health), ...(verbose && { components }) }
}

/** The same of one pipeline. */
export function v2PipelineView(group: GroupFare, startedMs: number, verbose: boolean): object {
  return { ...start(startedMs), ...(verbose ? groupView(group) : fareView(group)) }
}

/** 503 for what begins or ends, 500 for what fails. */
export function v2StatusCode({ healthy, state }: Fare): number {
  if (healthy) return 200
  return state.endsWith('_error') ? 500 : 503
}

function start(startedMs: number): object {
  return { start_time: new Date(startedMs).toISOString() }
}

function fareView({ healthy, state, error, sinceMs }: Fare): object {
  const time = new Date(sinceMs).toISOString()
  return { healthy, status: STATUS[state], ...(error !== '' && { error }), status_time: time }
}

function groupView(group: GroupFare): object {
  const rows = group.components.map((one) => [`${one.role}:${one.id}`, fareView(one)])
  return { ...fareView(group), components: Object.fromEntries(rows) as object }
}
