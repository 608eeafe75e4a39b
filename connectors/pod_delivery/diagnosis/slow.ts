import type { Delivery, Stage } from '../../../src/helpers/delivery/model.ts'
import type { Code } from './codes.ts'

/** A stage that took longer than it should. */
export interface SlowStage {
  readonly stage: Stage
  readonly code: Code
  readonly tookMs: number
}

/**
 * From which duration on a stage is called slow, in milliseconds, and the code that names it. The times
 * are several times what a stage takes on a healthy cluster with an application of common size.
 */
const limits: Readonly<Record<string, readonly [code: Code, slowMs: number]>> = {
  admission: ['AdmissionTooMuchTime', 5_000],
  queueing: ['QueueingTooMuchTime', 10_000],
  preemption: ['PreemptionTooMuchTime', 30_000],
  scheduling: ['SchedulingTooMuchTime', 10_000],
  volumes: ['VolumesTooMuchTime', 30_000],
  sandbox: ['SandboxTooMuchTime', 20_000],
  image_pull: ['ImagePullTooMuchTime', 30_000],
  init_container: ['InitContainerTooMuchTime', 60_000],
  container_create: ['ContainerCreateTooMuchTime', 10_000],
  container_start: ['ContainerStartTooMuchTime', 10_000],
  post_start: ['PostStartTooMuchTime', 60_000],
  startup: ['StartupTooMuchTime', 60_000],
  readiness: ['ReadinessTooMuchTime', 60_000],
  readiness_gate: ['ReadinessGateTooMuchTime', 30_000],
  pod_ready: ['PodReadyTooMuchTime', 20_000],
  container_kill: ['ContainerKillTooMuchTime', 60_000],
  finalizer: ['FinalizerTooMuchTime', 30_000],
  pod_removal: ['PodRemovalTooMuchTime', 30_000],
}

/** As long as they like: the work of a job, and the pause after it failed. */
const EVER = new Set(['run', 'back_off'])

const OWN_STAGE: readonly [Code, number] = ['UserStageTooMuchTime', 60_000]

/**
 * The slowest of the stages that were too slow. Where events were left out only stages count whose
 * end was seen: the end of another may be what was left out.
 */
export function slowestOf(delivery: Delivery, nowMs: number): SlowStage | undefined {
  const { stages, eventsLeftOut } = delivery
  const known = stages.filter(
    ({ type, endMs }) => !EVER.has(type) && (endMs !== undefined || eventsLeftOut === 0),
  )
  const slow = known.flatMap((stage) => {
    const [code, slowMs] = limits[stage.type] ?? OWN_STAGE
    const tookMs = tookOf(stage, nowMs)
    return tookMs >= slowMs ? [{ stage, code: whileWaiting(stage, code, tookMs), tookMs }] : []
  })
  return slow.toSorted((a, b) => b.tookMs - a.tookMs)[0]
}

/** How long a stage has taken; an open one until now. */
export function tookOf({ startMs, endMs }: Stage, nowMs: number): number {
  return Math.max(0, (endMs ?? nowMs) - startMs)
}

function whileWaiting({ type, waitedMs }: Stage, code: Code, tookMs: number): Code {
  return type === 'image_pull' && waitedMs > tookMs / 2 ? 'ImagePullQueueTooMuchTime' : code
}
