/*
 * Audit events and objects as an API server writes them, by hand: for what no recorded log has.
 */

/** When tests begin, in milliseconds since 1970. */
export const T0 = Date.UTC(2026, 10, 22, 6)

/** A time so many milliseconds later, with microseconds. */
export function at(ms: number): string {
  return new Date(T0 + ms).toISOString().replace('Z', '000Z')
}

/** The same to the second, as objects have it. */
export function second(ms: number): string {
  return new Date(Math.floor((T0 + ms) / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}

/** An object, loosely. */
export type Loose = Readonly<Record<string, unknown>>

/** An audit event. */
export function audit(ms: number, given: Loose): Loose {
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: `audit-${ms}-${JSON.stringify(given).length}`,
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/shop/pods',
    user: { username: 'someone' },
    userAgent: 'kubectl/v1.36.3 (linux/amd64)',
    responseStatus: { code: 200 },
    requestReceivedTimestamp: at(ms - 10),
    stageTimestamp: at(ms),
    ...given,
  }
}

/** The reference of an audit event to a pod. */
export function podRef(subresource = '', name = 'web-1'): Loose {
  return {
    resource: 'pods',
    namespace: 'shop',
    name,
    apiVersion: 'v1',
    ...(subresource && { subresource }),
  }
}

/** A pod with one container. */
export function podLike(metadata: Loose = {}, spec: Loose = {}, status: Loose = {}): Loose {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      uid: 'uid-1',
      resourceVersion: '1',
      creationTimestamp: second(0),
      ...metadata,
    },
    spec: {
      schedulerName: 'default-scheduler',
      restartPolicy: 'Always',
      containers: [{ name: 'app', image: 'shop/web:1' }],
      ...spec,
    },
    status: { phase: 'Pending', ...status },
  }
}

/** The creation of a pod. */
export function create(ms: number, pod: Loose = podLike()): Loose {
  return audit(ms, {
    verb: 'create',
    objectRef: podRef(),
    responseStatus: { code: 201 },
    requestObject: pod,
    responseObject: pod,
  })
}

/** Its binding to a node. */
export function binding(ms: number, given: Loose = {}): Loose {
  return audit(ms, {
    verb: 'create',
    userAgent: 'kube-scheduler/v1.36.3',
    objectRef: { ...podRef('binding'), uid: 'uid-1' },
    responseStatus: { code: 201 },
    requestObject: { kind: 'Binding', metadata: { uid: 'uid-1' }, target: { name: 'node-1' } },
    responseObject: { kind: 'Status', status: 'Success' },
    ...given,
  })
}

/** A patch of its status, with the answer to it. */
export function statusPatch(ms: number, version: number, status: Loose, given: Loose = {}): Loose {
  const metadata = { resourceVersion: String(version) }
  return audit(ms, {
    verb: 'patch',
    userAgent: 'kubelet/v1.36.3',
    objectRef: podRef('status'),
    requestObject: { metadata: { uid: 'uid-1' }, status },
    responseObject: podLike(metadata, { nodeName: 'node-1' }, { startTime: second(0), ...status }),
    ...given,
  })
}

/** A condition. */
export function condition(type: string, status: string, ms: number, more: Loose = {}): Loose {
  return { type, status, lastTransitionTime: second(ms), ...more }
}

/** A status with which the pod is up. */
export function readyStatus(ms: number): Loose {
  return {
    phase: 'Running',
    podIP: '10.0.0.1',
    conditions: [condition('ContainersReady', 'True', ms), condition('Ready', 'True', ms)],
    containerStatuses: [
      {
        name: 'app',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: second(ms) } },
      },
    ],
  }
}

/** A core/v1 Event about the pod, created, or told again. */
export function event(ms: number, reason: string, message: string, given: Loose = {}): Loose {
  const { count = 1, name = `web-1.${reason.toLowerCase()}`, container = 'app', ...more } = given
  const object = {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name, namespace: 'shop' },
    involvedObject: {
      kind: 'Pod',
      namespace: 'shop',
      name: 'web-1',
      uid: 'uid-1',
      ...(container !== '' && { fieldPath: `spec.containers{${String(container)}}` }),
    },
    reason,
    message,
    type: 'Normal',
    source: { component: 'kubelet' },
    firstTimestamp: second(ms),
    lastTimestamp: second(ms),
    count,
    ...more,
  }
  return audit(ms, {
    verb: count === 1 ? 'create' : 'patch',
    userAgent: 'kubelet/v1.36.3',
    objectRef: { resource: 'events', namespace: 'shop', name },
    responseStatus: { code: 201 },
    requestObject: object,
    responseObject: object,
  })
}

/** A pod that comes up in four seconds. */
export function healthy(): Loose[] {
  return [
    create(0),
    binding(100),
    statusPatch(500, 2, { conditions: [condition('PodReadyToStartContainers', 'True', 500)] }),
    event(600, 'Pulling', 'Pulling image "shop/web:1"'),
    event(2600, 'Pulled', 'Successfully pulled image "shop/web:1" in 1.5s (2s including waiting).'),
    event(2700, 'Created', 'Container created'),
    event(2800, 'Started', 'Container started'),
    statusPatch(4000, 3, readyStatus(4000)),
  ]
}

/** The same as lines of a log. */
export function lines(all: readonly Loose[]): string[] {
  return all.map((one) => JSON.stringify(one))
}
