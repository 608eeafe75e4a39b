import type {
  ConditionFacts,
  ContainerStatusFacts,
  PodStatusFacts,
} from '../../../src/helpers/delivery/model.ts'
import { type JsonMap, mapIn, mapOf, mapsIn, numberIn, sharedTextIn } from './json.ts'
import { timeIn } from './time.ts'

/** The lists of a status in which containers stand. */
export const STATUS_LISTS = [
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
] as const

/** What a whole status says. */
export function statusOf(status: JsonMap): PodStatusFacts {
  return {
    phase: sharedTextIn(status, 'phase'),
    reason: sharedTextIn(status, 'reason'),
    message: sharedTextIn(status, 'message'),
    conditions: mapsIn(status, 'conditions').map(conditionOf),
    containers: STATUS_LISTS.flatMap((list) => mapsIn(status, list).map(containerStatusOf)),
  }
}

function conditionOf(condition: JsonMap): ConditionFacts {
  const status = condition['status']
  return {
    type: sharedTextIn(condition, 'type'),
    status: status === 'True' || status === 'False' ? status : 'Unknown',
    reason: sharedTextIn(condition, 'reason'),
    message: sharedTextIn(condition, 'message'),
    sinceMs: timeIn(condition, 'lastTransitionTime'),
  }
}

function containerStatusOf(container: JsonMap): ContainerStatusFacts {
  const { state, details } = stateOf(mapIn(container, 'state'))
  const last = mapOf(mapIn(container, 'lastState')['terminated'])
  return {
    name: sharedTextIn(container, 'name'),
    ready: container['ready'] === true,
    restarts: numberIn(container, 'restartCount') ?? 0,
    state,
    reason: sharedTextIn(details, 'reason'),
    message: sharedTextIn(details, 'message'),
    exitCode: state === 'terminated' ? (numberIn(details, 'exitCode') ?? 0) : undefined,
    startedMs: timeIn(details, 'startedAt'),
    finishedMs: timeIn(details, 'finishedAt'),
    last: last && {
      reason: sharedTextIn(last, 'reason'),
      exitCode: numberIn(last, 'exitCode') ?? 0,
      finishedMs: timeIn(last, 'finishedAt'),
    },
  }
}

/** How a container stands. One without a state waits, as the API documents. */
export function stateOf(state: JsonMap): {
  state: ContainerStatusFacts['state']
  details: JsonMap
} {
  const running = mapOf(state['running'])
  if (running) return { state: 'running', details: running }
  const terminated = mapOf(state['terminated'])
  if (terminated) return { state: 'terminated', details: terminated }
  return { state: 'waiting', details: mapIn(state, 'waiting') }
}
