import { type JsonMap, mapIn, mapOf, mapsIn, numberIn, textIn } from './json.ts'
import { STATUS_LISTS, stateOf } from './pod_status.ts'
import type { PodSink } from './sink.ts'
import { bestTime, timeIn } from './time.ts'
import { tell, type Told } from './told.ts'

/**
 * What a status tells, each with an id of its own.
 * @param changes the part of it that the request changed, where that is known: these changed now,
 *   whatever the kubelet's clock says
 */
export function statusEvents(
  pod: PodSink,
  told: Told,
  status: JsonMap,
  changes: JsonMap | undefined,
): void {
  const changed = mapsIn(changes, 'conditions')
  for (const condition of mapsIn(status, 'conditions')) {
    conditionEvent(pod, told, condition, changed)
  }
  for (const list of STATUS_LISTS) {
    for (const container of mapsIn(status, list)) containerEvents(pod, told, container)
  }
  const phase = textIn(status, 'phase')
  if (phase !== '') {
    const [reason, message] = [textIn(status, 'reason'), textIn(status, 'message')]
    tell(pod, told, { name: `phase:${phase}:set`, reason, message })
  }
  if (textIn(status, 'podIP') !== '') tell(pod, told, { name: 'pod:ip:set' })
  if (textIn(status, 'nominatedNodeName') !== '') tell(pod, told, { name: 'pod:nominated:set' })
}

function conditionEvent(
  pod: PodSink,
  told: Told,
  condition: JsonMap,
  changed: readonly JsonMap[],
): void {
  const value = condition['status']
  const type = textIn(condition, 'type')
  // A patch may change the message alone.
  if (type === '' || (value !== 'True' && value !== 'False')) return
  const isNew = changed.some((other) => other['type'] === type && other['status'] === value)
  const ownMs = timeIn(condition, 'lastTransitionTime')
  const name = `condition:${type}:${value === 'True'}`
  tell(pod, told, {
    name,
    id: `${name}@${ownMs || told.recordId}`,
    timeMs: isNew ? told.seenMs : bestTime(ownMs, told.seenMs),
    certainty: isNew ? 'told' : 'derived',
    reason: textIn(condition, 'reason'),
    message: textIn(condition, 'message'),
  })
}

function containerEvents(pod: PodSink, told: Told, status: JsonMap): void {
  const container = textIn(status, 'name')
  const restarts = numberIn(status, 'restartCount') ?? 0
  const { state, details } = stateOf(mapIn(status, 'state'))
  const ready = status['ready'] === true
  const base = { container, component: 'kubelet' }
  if (state === 'running') running(pod, told, container, details)
  else if (state === 'terminated') terminated(pod, told, container, details, false)
  else waiting(pod, told, container, details, restarts)
  const last = mapOf(mapIn(status, 'lastState')['terminated'])
  if (last) terminated(pod, told, container, last, true)
  const readyName = `containerReady:${container}:${ready}`
  tell(pod, told, { ...base, name: readyName, id: `${readyName}@${restarts}` })
  if (status['started'] === true) {
    const name = `containerStarted:${container}:true`
    tell(pod, told, { ...base, name, id: `${name}@${restarts}` })
  }
  if (restarts > 0) {
    tell(pod, told, { ...base, name: `containerRestartCount:${container}:${restarts}` })
  }
}

function running(pod: PodSink, told: Told, container: string, details: JsonMap): void {
  const ownMs = timeIn(details, 'startedAt')
  const name = `containerState:${container}:Running`
  tell(pod, told, {
    name,
    id: `${name}@${ownMs || told.recordId}`,
    timeMs: bestTime(ownMs, told.seenMs),
    component: 'kubelet',
    container,
  })
}

function waiting(
  pod: PodSink,
  told: Told,
  container: string,
  details: JsonMap,
  restarts: number,
): void {
  const reason = textIn(details, 'reason')
  const name = `containerState:${container}:Waiting:${reason}`
  tell(pod, told, {
    name,
    id: `${name}@${restarts}`,
    component: 'kubelet',
    container,
    reason,
    message: textIn(details, 'message'),
  })
}

/** @param isOver it is running again, or waits to: this was told late */
function terminated(
  pod: PodSink,
  told: Told,
  container: string,
  details: JsonMap,
  isOver: boolean,
): void {
  const finishedMs = timeIn(details, 'finishedAt')
  const startedMs = timeIn(details, 'startedAt')
  const reason = textIn(details, 'reason')
  const state = `containerState:${container}`
  if (startedMs > 0) {
    tell(pod, told, {
      name: `${state}:Running`,
      id: `${state}:Running@${startedMs}`,
      timeMs: Math.min(startedMs, told.seenMs),
      certainty: 'derived',
      component: 'kubelet',
      container,
    })
  }
  const name = `${state}:Terminated:${reason};exitCode:${numberIn(details, 'exitCode') ?? 0}`
  tell(pod, told, {
    name,
    id: `${name}@${finishedMs || told.recordId}`,
    timeMs:
      isOver && finishedMs > 0
        ? Math.min(finishedMs, told.seenMs)
        : bestTime(finishedMs, told.seenMs),
    certainty: isOver ? 'derived' : 'told',
    component: 'kubelet',
    container,
    reason,
    message: textIn(details, 'message'),
  })
}
