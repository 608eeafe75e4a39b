import type { KubeClient, KubeObject } from './client.ts'

/** What an event is about, as its `involvedObject`. */
export interface EventTarget {
  readonly pod: KubeObject
  /** `spec.containers{app}`; none for the pod itself. */
  readonly fieldPath?: string | undefined
}

/**
 * Writes events as client-go's recorder does: what is said again counts up the event that said it
 * first (tools/record/events_cache.go, v0.36.3). It has no limit on how many are written, which
 * client-go reaches at 25 on an object.
 */
export class EventRecorder {
  readonly #client: KubeClient
  readonly #node: string
  readonly #said = new Map<string, KubeObject>()

  constructor(client: KubeClient, node: string) {
    this.#client = client
    this.#node = node
  }

  async record({ pod, fieldPath }: EventTarget, type: string, reason: string, message: string) {
    const { namespace, name, uid, resourceVersion } = pod['metadata'] as Record<string, string>
    const path = `/api/v1/namespaces/${namespace}/events`
    const key = [uid, fieldPath, type, reason, message].join('\n')
    const now = new Date().toISOString().replace(/\.\d+/, '')
    const known = this.#said.get(key)
    if (known) {
      await this.#count(path, known, now)
      return
    }
    const object = { kind: 'Pod', namespace, name, uid, apiVersion: 'v1', resourceVersion }
    const event = {
      kind: 'Event',
      apiVersion: 'v1',
      metadata: { name: `${name}.${serial().toString(16)}`, namespace },
      involvedObject: fieldPath ? { ...object, fieldPath } : object,
      reason,
      message,
      source: { component: 'kubelet', host: this.#node },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      eventTime: null,
      reportingComponent: 'kubelet',
      reportingInstance: this.#node,
    }
    this.#said.set(key, event)
    await this.#client.call('POST', path, { body: event })
  }

  async #count(path: string, event: KubeObject, lastTimestamp: string): Promise<void> {
    event['count'] += 1
    const body = { count: event['count'], lastTimestamp, message: event['message'] }
    const contentType = 'application/strategic-merge-patch+json'
    await this.#client.call('PATCH', `${path}/${event['metadata'].name}`, { body, contentType })
  }
}

let last = 0n

/** The time in nanoseconds, never the same twice. */
function serial(): bigint {
  const now = BigInt(Date.now()) * 1_000_000n
  last = now > last ? now : last + 1n
  return last
}
