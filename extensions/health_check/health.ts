import type { PipelineFacts } from '../../src/component/host.ts'
import type { ComponentState, ComponentStatus } from '../../src/component/status.ts'
import type { HealthCheckConfig } from './config.ts'

/** How something fares. */
export interface Fare {
  readonly healthy: boolean
  readonly state: ComponentState
  /** What is wrong; empty where nothing is. */
  readonly error: string
  /** Since when, in milliseconds since 1970. */
  readonly sinceMs: number
}

/** How a component fares. */
export interface ComponentFare extends Fare {
  /** `exporter/otlp_grpc` */
  readonly role: ComponentStatus['role']
  readonly id: string
}

/** How a pipeline fares, or the extensions: as the worst of its components. */
export interface GroupFare extends Fare {
  readonly components: readonly ComponentFare[]
}

/** How the agent fares: as the worst of its parts. */
export interface Health extends Fare {
  readonly pipelines: ReadonlyMap<string, GroupFare>
  readonly extensions: GroupFare
}

/** What decides on the health beside the states themselves. */
export type HealthRules = Pick<HealthCheckConfig, 'component_health' | 'check_collector_pipeline'>

/** The worst first, as in the Collector: what begins or ends goes before what fails. */
const PRECEDENCE: readonly ComponentState[] = [
  'fatal_error',
  'stopping',
  'stopped',
  'starting',
  'none',
  'permanent_error',
  'recoverable_error',
  'ok',
]

/** Judges all components. Where there is none, the agent has not begun. */
export function healthOf(
  statuses: readonly ComponentStatus[],
  pipelines: readonly PipelineFacts[],
  rules: HealthRules,
  nowMs: number,
): Health {
  const judged = statuses.map((status) => ({ status, fare: fareOf(status, rules, nowMs) }))
  const group = (wanted: (status: ComponentStatus) => boolean): GroupFare => {
    const components = judged.filter(({ status }) => wanted(status)).map(({ fare }) => fare)
    return { ...worst(components, nowMs), components }
  }
  const byPipeline = new Map(pipelines.map((one) => [one.id, group(isIn(one))]))
  const extensions = group(({ role }) => role === 'extension')
  const parts = extensions.components.length > 0 ? [extensions] : []
  return { ...worst([...byPipeline.values(), ...parts], nowMs), pipelines: byPipeline, extensions }
}

function isIn(pipeline: PipelineFacts): (status: ComponentStatus) => boolean {
  return ({ role, id, pipeline: own }) => {
    if (role === 'processor') return own === pipeline.id
    if (role === 'receiver') return pipeline.receivers.includes(id)
    if (role === 'exporter') return pipeline.exporters.includes(id)
    if (role === 'extension') return false
    return pipeline.receivers.includes(id) || pipeline.exporters.includes(id)
  }
}

function fareOf(status: ComponentStatus, rules: HealthRules, nowMs: number): ComponentFare {
  const { role, id, state, error, sinceMs } = status
  return { role, id, healthy: isHealthy(status, rules, nowMs), state, error, sinceMs }
}

function isHealthy(status: ComponentStatus, rules: HealthRules, nowMs: number): boolean {
  const { state, sinceMs } = status
  const { include_permanent_errors, include_recoverable_errors, recovery_duration } =
    rules.component_health
  if (state === 'ok') return true
  if (state !== 'recoverable_error' && state !== 'permanent_error') return false
  if (isFailingExporter(status, rules, nowMs)) return false
  if (state === 'permanent_error') return !include_permanent_errors
  return !include_recoverable_errors || nowMs - sinceMs < recovery_duration
}

function isFailingExporter(
  { role, failures, sinceMs }: ComponentStatus,
  { check_collector_pipeline: check }: HealthRules,
  nowMs: number,
): boolean {
  if (!check.enabled || role !== 'exporter') return false
  return failures >= check.exporter_failure_threshold || nowMs - sinceMs >= check.interval
}

/** What is unhealthy goes before what is not, and of two alike the one that began first. */
function worst(fares: readonly Fare[], nowMs: number): Fare {
  const rank = ({ healthy, state }: Fare): number =>
    PRECEDENCE.indexOf(state) + (healthy ? PRECEDENCE.length : 0)
  const [first] = fares.toSorted((a, b) => rank(a) - rank(b) || a.sinceMs - b.sinceMs)
  if (!first) return { healthy: false, state: 'none', error: '', sinceMs: nowMs }
  const { healthy, state, error, sinceMs } = first
  return { healthy, state, error, sinceMs }
}
