import { type JsonMap, mapIn, mapOf, numberIn, textIn } from './json.ts'
import { kubernetesEvent } from './kubernetes_event.ts'
import { eventPatch } from './event_patch.ts'
import { podRequest, type Request } from './pod_requests.ts'
import type { Sink } from './sink.ts'
import { timeIn } from './time.ts'
import type { Told } from './told.ts'
import { isWorkload, workload } from './workload.ts'

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** True for an audit event, `audit.k8s.io/v1` or older. */
export function isAuditEvent(body: JsonMap): boolean {
  return body['auditID'] !== undefined && body['verb'] !== undefined
}

/** The resource of an audit event with its subresource: `pods/status`. */
export function resourceOf(body: JsonMap): string {
  const ref = mapIn(body, 'objectRef')
  const subresource = textIn(ref, 'subresource')
  const resource = textIn(ref, 'resource')
  return subresource === '' ? resource : `${resource}/${subresource}`
}

/** True for what may tell of a delivery: others need not be parsed. */
export function isOfUse(resource: string): boolean {
  const slash = resource.indexOf('/')
  const main = slash < 0 ? resource : resource.slice(0, slash)
  return main === 'pods' || main === 'events' || main === 'bindings' || isWorkload(main)
}

/**
 * Tells a sink what an audit event says.
 * @param keptMs how long before it was told something may have happened to be of use
 */
export function auditEvent(sink: Sink, body: JsonMap, keptMs: number): void {
  if (textIn(body, 'stage') !== 'ResponseComplete') return sink.ignore('stage')
  if (textIn(body, 'requestURI').includes('dryRun=')) return sink.ignore('dry_run')
  const verb = textIn(body, 'verb')
  const resource = resourceOf(body)
  if (!WRITES.has(verb) || !isOfUse(resource)) return sink.ignore('resource')
  const request = requestOf(body, verb, keptMs)
  if (resource.startsWith('pods') || resource === 'bindings') {
    return podRequest(sink, request, resource)
  }
  if (request.told.code >= 400) return sink.ignore('failed_request')
  if (resource === 'events') return eventRequest(sink, request)
  workloadRequest(sink, request, resource)
}

function requestOf(body: JsonMap, verb: string, keptMs: number): Request {
  return {
    told: toldOf(body, keptMs),
    verb,
    ref: mapIn(body, 'objectRef'),
    uri: textIn(body, 'requestURI'),
    asked: body['requestObject'],
    answer: mapOf(body['responseObject']),
  }
}

function toldOf(body: JsonMap, keptMs: number): Told {
  const receivedMs = timeIn(body, 'requestReceivedTimestamp')
  const seenMs = timeIn(body, 'stageTimestamp') || receivedMs
  return {
    seenMs,
    receivedMs,
    component: programOf(textIn(body, 'userAgent')),
    user: textIn(mapIn(body, 'user'), 'username'),
    code: numberIn(mapIn(body, 'responseStatus'), 'code') ?? 0,
    recordId: textIn(body, 'auditID'),
    oldestMs: seenMs - keptMs,
  }
}

/** `kubelet/v1.36.3 (linux/amd64) …`: what stands before the slash. */
function programOf(userAgent: string): string {
  const end = userAgent.indexOf('/')
  return end < 0 ? userAgent : userAgent.slice(0, end)
}

function eventRequest(sink: Sink, request: Request): void {
  const { told, verb, asked, answer } = request
  if (verb !== 'create' && verb !== 'patch' && verb !== 'update') return sink.ignore('nothing_new')
  const whole = answer && textIn(answer, 'reason') !== '' ? answer : undefined
  const event = whole ?? (verb === 'patch' ? undefined : mapOf(asked))
  if (event) return kubernetesEvent(sink, told, event)
  const patch = mapOf(asked)
  if (!patch) return sink.ignore('level')
  eventPatch(sink, told, request.ref, patch)
}

function workloadRequest(sink: Sink, { told, verb, answer }: Request, resource: string): void {
  const [main = '', subresource] = resource.split('/', 2)
  if (subresource === 'scale') return sink.ignore('nothing_new')
  if (verb === 'delete' || verb === 'deletecollection') return sink.ignore('nothing_new')
  if (!answer || textIn(answer, 'kind') === 'Status') return sink.ignore('level')
  workload(sink, told, main, answer, verb === 'create')
}
