import { describe, expect, it } from 'vitest'
import type { DeliveryEvent, PodRef } from '../../../src/helpers/delivery/model.ts'
import { PodState } from '../trace/pod_state.ts'
import {
  audit,
  binding,
  condition,
  create,
  event,
  type Loose,
  podLike,
  podRef,
  second,
  statusPatch,
  T0,
} from '../written_for_tests.ts'
import { auditEvent } from './audit.ts'
import type { Ignored, Rejection, Sink } from './sink.ts'
import { watchedObject } from './watched.ts'

/** Takes what is told of one pod. */
class OnePod implements Sink {
  readonly state = new PodState({ uid: 'uid-1', namespace: 'shop', name: 'web-1' }, 256, () => {})
  readonly ignored: Ignored[] = []
  readonly rejected: Rejection[] = []
  pod(ref: PodRef): PodState | undefined {
    return ref.uid === 'uid-1' ? this.state : undefined
  }
  named(namespace: string, name: string): PodRef | undefined {
    return namespace === 'shop' && name === 'web-1' ? this.state.ref : undefined
  }
  reject(rejection: Rejection): void {
    this.rejected.push(rejection)
  }
  workload(): void {}
  ignore(reason: Ignored): void {
    this.ignored.push(reason)
  }
  take(...events: readonly Loose[]): this {
    for (const one of events) auditEvent(this, one, 3_600_000)
    return this
  }
  /** Names and times, in milliseconds. */
  get names(): [string, number][] {
    return this.state.events.map(({ name, timeMs }) => [name, timeMs - T0])
  }
}

const named = (sink: OnePod) => sink.names.map(([name]) => name)
const one = (sink: OnePod, name: string): DeliveryEvent =>
  sink.state.events.find((each) => each.name === name) as DeliveryEvent

describe('[3.17] what an audit event tells of a pod', () => {
  it('the memory that a container may use, where that is limited', () => {
    const limits = (memory: string) =>
      new OnePod().take(
        create(
          0,
          podLike({}, { containers: [{ name: 'app', resources: { limits: { memory } } }] }),
        ),
      ).state.facts.containers[0]
    expect(limits('64Mi')?.memoryLimit).toBe(2 ** 26)
    expect(limits('')).not.toHaveProperty('memoryLimit')
  })

  it('its creation, and that the scheduler has it', () => {
    expect(new OnePod().take(create(0)).names).toEqual([
      ['pod:create:received', -10],
      ['phase:Pending:set', 0],
      ['pod:create:success', 0],
      ['schedule:default-scheduler:entry', 0],
    ])
  })

  it('that the scheduler has it not, while it has gates', () => {
    const gated = podLike({}, { schedulingGates: [{ name: 'quota' }] })
    const open = audit(5000, {
      verb: 'patch',
      objectRef: podRef(),
      requestObject: { spec: { schedulingGates: null } },
      responseObject: podLike({ resourceVersion: '2' }),
    })
    const sink = new OnePod().take(create(0, gated))
    expect(named(sink)).not.toContain('schedule:default-scheduler:entry')
    expect(sink.take(open).names).toContainEqual(['schedule:default-scheduler:entry', 5000])
  })

  it('a creation that failed, with the words of the answer', () => {
    const sink = new OnePod().take(
      audit(0, {
        verb: 'create',
        objectRef: { resource: 'pods', namespace: 'shop' },
        responseStatus: { code: 403 },
        requestObject: podLike({ uid: undefined, name: undefined, generateName: 'web-' }),
        responseObject: { kind: 'Status', reason: 'Forbidden', message: 'exceeded quota: small' },
      }),
    )
    expect(
      sink.rejected.map(({ event: { name, code, message }, facts }) => [
        name,
        code,
        message,
        facts.name,
      ]),
    ).toEqual([['pod:create:failed', 403, 'exceeded quota: small', 'web-']])
  })

  it('its binding, and one that failed', () => {
    const sink = new OnePod().take(binding(100), binding(50, { responseStatus: { code: 409 } }))
    expect(named(sink)).toEqual(['schedule:binding:failed', 'schedule:binding:success'])
    expect(sink.state.facts.nodeName).toBe('node-1')
  })

  it('conditions, phase, address, and how its containers stand', () => {
    const status = {
      phase: 'Running',
      podIP: '10.0.0.1',
      nominatedNodeName: 'node-2',
      conditions: [
        condition('Ready', 'False', 900, { reason: 'ContainersNotReady', message: 'app' }),
      ],
      containerStatuses: [
        {
          name: 'app',
          ready: false,
          restartCount: 2,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s' } },
          lastState: {
            terminated: {
              reason: 'Error',
              exitCode: 1,
              startedAt: second(300),
              finishedAt: second(700),
            },
          },
        },
      ],
    }
    const sink = new OnePod().take(statusPatch(1000, 2, status))
    expect(named(sink)).toEqual(
      [
        'containerState:app:Running',
        'containerState:app:Terminated:Error;exitCode:1',
        'pod:create:success',
        'schedule:default-scheduler:entry',
        'condition:Ready:false',
        'containerReady:app:false',
        'containerRestartCount:app:2',
        'containerState:app:Waiting:CrashLoopBackOff',
        'phase:Running:set',
        'pod:ip:set',
        'pod:nominated:set',
        'schedule:binding:success',
      ].toSorted((a, b) => named(sink).indexOf(a) - named(sink).indexOf(b)),
    )
    expect(one(sink, 'condition:Ready:false')).toMatchObject({
      component: 'kubelet',
      reason: 'ContainersNotReady',
      message: 'app',
      timeMs: T0 + 1000,
    })
    expect(one(sink, 'containerState:app:Waiting:CrashLoopBackOff').container).toBe('app')
  })

  it('the same of a patch alone, at level Request', () => {
    const patch = {
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: second(4000) }],
      phase: 'Running',
    }
    const sink = new OnePod().take(
      statusPatch(4000, 2, patch, { level: 'Request', responseObject: undefined }),
    )
    expect(sink.names).toEqual([
      ['condition:Ready:true', 4000],
      ['phase:Running:set', 4000],
    ])
  })

  it('what patches of each kind do to labels, annotations and finalizers', () => {
    const patch = (ms: number, requestObject: unknown) =>
      audit(ms, { verb: 'patch', objectRef: podRef(), requestObject, responseObject: undefined })
    const sink = new OnePod().take(
      patch(1, { metadata: { labels: { a: '1', b: null }, annotations: { c: 'x' } } }),
      patch(2, {
        metadata: { '$deleteFromPrimitiveList/finalizers': ['f/1'], finalizers: ['f/2'] },
      }),
      patch(3, [
        { op: 'add', path: '/metadata/labels/example.com~1tier', value: 'front' },
        { op: 'remove', path: '/metadata/annotations/c' },
        { op: 'add', path: '/status/conditions/-', value: { type: 'Gate', status: 'True' } },
      ]),
    )
    expect(named(sink).toSorted()).toEqual([
      'annotation:add:c',
      'annotation:delete:c',
      'condition:Gate:true',
      'finalizer:add:f/2',
      'finalizer:delete:f/1',
      'label:add:a',
      'label:add:example.com/tier',
      'label:delete:b',
    ])
  })

  it('what a full update changed, by what was there before', () => {
    const sink = new OnePod().take(
      create(0, podLike({ labels: { a: '1', b: '2' }, finalizers: ['f/1'] })),
      audit(1000, {
        verb: 'update',
        objectRef: podRef(),
        requestObject: podLike(),
        responseObject: podLike({ resourceVersion: '2', labels: { a: '3' } }),
      }),
    )
    expect(named(sink)).toEqual(
      expect.arrayContaining([
        'finalizer:add:f/1',
        'label:add:a',
        'label:delete:b',
        'finalizer:delete:f/1',
      ]),
    )
  })

  it('its deletion, its eviction, and its end', () => {
    const going = podLike({
      resourceVersion: '5',
      deletionTimestamp: second(31_000),
      deletionGracePeriodSeconds: 30,
    })
    const gone = podLike({
      resourceVersion: '6',
      deletionTimestamp: second(2000),
      deletionGracePeriodSeconds: 0,
    })
    const remove = (ms: number, responseObject: Loose, given: Loose = {}) =>
      audit(ms, {
        verb: 'delete',
        objectRef: podRef(),
        requestObject: {},
        responseObject,
        ...given,
      })
    const sink = new OnePod().take(
      audit(500, {
        verb: 'create',
        objectRef: podRef('eviction'),
        responseStatus: { code: 429 },
        requestObject: { kind: 'Eviction' },
        responseObject: { kind: 'Status', message: 'disruption budget' },
      }),
      remove(1000, going),
      remove(2000, gone, {
        userAgent: 'kubelet/v1.36.3',
        requestObject: { gracePeriodSeconds: 0 },
      }),
      remove(2100, { kind: 'Status', message: 'not found' }, { responseStatus: { code: 404 } }),
    )
    const wanted = [
      'pod:eviction:failed',
      'pod:delete:success',
      'pod:deleted:success',
      'pod:delete:failed',
    ]
    expect(named(sink).filter((name) => wanted.includes(name))).toEqual(wanted)
    expect(one(sink, 'pod:delete:success').timeMs).toBe(T0 + 990)
  })

  it('that it is not gone while finalizers are left, and each of a deletion of many', () => {
    const item = podLike({
      deletionTimestamp: second(1000),
      deletionGracePeriodSeconds: 0,
      finalizers: ['f/1'],
    })
    const sink = new OnePod().take(
      audit(1000, {
        verb: 'deletecollection',
        objectRef: { resource: 'pods', namespace: 'shop' },
        responseObject: { kind: 'PodList', items: [item] },
      }),
    )
    expect(named(sink)).toContain('pod:delete:success')
    expect(named(sink)).not.toContain('pod:deleted:success')
  })
})

describe('a deletion of many pods, whose answer has them as they were before', () => {
  const gone = (item: object, options: object = {}) => {
    const objectRef = { resource: 'pods', namespace: 'shop' }
    const responseObject = { kind: 'PodList', items: [item] }
    const requestObject = { kind: 'DeleteOptions', ...options }
    const verb = 'deletecollection'
    const sink = new OnePod().take(audit(1000, { verb, objectRef, requestObject, responseObject }))
    expect(named(sink)).toContain('pod:delete:success')
    return named(sink).includes('pod:deleted:success')
  }

  it('begins the end of those that run, and is the end of those that do not', () => {
    const spec = { nodeName: 'node-1', terminationGracePeriodSeconds: 30 }
    expect(gone(podLike({}, spec))).toBe(false)
    expect(gone(podLike({}, spec), { gracePeriodSeconds: 0 })).toBe(true)
    expect(gone(podLike({}, { ...spec, nodeName: '' }))).toBe(true)
    expect(gone(podLike({}, spec, { phase: 'Succeeded' }))).toBe(true)
    expect(gone(podLike({ finalizers: ['f/1'] }, spec, { phase: 'Succeeded' }))).toBe(false)
  })
})

describe('[3.17] what a Kubernetes Event tells of a pod', () => {
  it('of core/v1: container, count and times', () => {
    const sink = new OnePod().take(
      event(1500, 'BackOff', 'Back-off pulling image "a"', { count: 3, type: 'Warning' }),
    )
    expect(sink.state.events).toEqual([
      {
        source: 'event',
        id: 'event/web-1.backoff/3',
        timeMs: T0 + 1500,
        firstMs: T0 + 1000,
        pod: sink.state.ref,
        name: 'event:BackOff',
        component: 'kubelet',
        container: 'app',
        reason: 'BackOff',
        message: 'Back-off pulling image "a"',
        type: 'Warning',
        count: 3,
      },
    ])
  })

  it('of events.k8s.io/v1: regarding, note and series', () => {
    const object = {
      kind: 'Event',
      metadata: { name: 'web-1.1', namespace: 'shop' },
      regarding: {
        kind: 'Pod',
        namespace: 'shop',
        name: 'web-1',
        uid: 'uid-1',
        fieldPath: 'spec.initContainers{migrate}',
      },
      reason: 'FailedScheduling',
      note: '0/3 nodes are available',
      type: 'Warning',
      eventTime: new Date(T0).toISOString(),
      series: { count: 4, lastObservedTime: new Date(T0 + 60_000).toISOString() },
      reportingController: 'default-scheduler',
    }
    const sink = new OnePod().take(
      audit(60_000, {
        verb: 'update',
        objectRef: { resource: 'events', namespace: 'shop', apiGroup: 'events.k8s.io' },
        requestObject: object,
        responseObject: object,
      }),
    )
    expect(sink.state.events).toMatchObject([
      {
        name: 'event:FailedScheduling',
        message: '0/3 nodes are available',
        count: 4,
        firstMs: T0,
        timeMs: T0 + 60_000,
        container: 'migrate',
        component: 'kube-scheduler',
      },
    ])
  })

  it('of a patch alone, with what is known from its creation', () => {
    const patch = audit(9000, {
      verb: 'patch',
      level: 'Request',
      objectRef: { resource: 'events', namespace: 'shop', name: 'web-1.backoff' },
      requestObject: { count: 2, lastTimestamp: second(9000) },
    })
    const sink = new OnePod().take(event(1000, 'BackOff', 'Back-off'), patch)
    expect(sink.state.events).toMatchObject([
      { count: 1 },
      { count: 2, message: 'Back-off', timeMs: T0 + 9000 },
    ])
  })

  it('nothing where it is about something else, or was told too late to be of use', () => {
    const other = event(0, 'Scaled', 'x', { involvedObject: { kind: 'Deployment', name: 'web' } })
    const old = event(7_200_000, 'Pulled', 'x', {
      firstTimestamp: second(0),
      lastTimestamp: second(0),
    })
    const sink = new OnePod().take(other, old)
    expect(sink.names).toEqual([])
    expect(sink.ignored).toEqual(['not_a_pod'])
  })
})

describe('what a watch tells of a pod', () => {
  const status = {
    startTime: second(1000),
    conditions: [condition('PodScheduled', 'True', 1000), condition('Ready', 'True', 4000)],
  }

  it('the same names, with the times of the object where it was seen much later', () => {
    const sink = new OnePod()
    const object = podLike(
      {},
      { nodeName: 'node-1' },
      { ...status, conditions: [condition('PodScheduled', 'True', 1000)] },
    )
    watchedObject(sink, { type: 'ADDED', object }, T0 + 60_000, 3_600_000)
    expect(sink.names).toEqual([
      ['pod:create:success', 0],
      ['schedule:default-scheduler:entry', 0],
      ['condition:PodScheduled:true', 1000],
      ['schedule:binding:success', 1000],
      ['phase:Pending:set', 60_000],
    ])
  })

  it('no beginning of a pod that has been ready before', () => {
    const sink = new OnePod()
    watchedObject(sink, { type: 'ADDED', object: podLike({}, {}, status) }, T0 + 9000, 3_600_000)
    const flapped = { startTime: second(1000), conditions: [condition('Ready', 'False', 5000)] }
    watchedObject(
      sink,
      { type: 'MODIFIED', object: podLike({}, {}, flapped) },
      T0 + 9000,
      3_600_000,
    )
    expect(named(sink)).not.toContain('pod:create:success')
  })

  it('its deletion, and its end', () => {
    const sink = new OnePod()
    const going = podLike({ deletionTimestamp: second(40_000), deletionGracePeriodSeconds: 30 })
    watchedObject(sink, { type: 'MODIFIED', object: going }, T0 + 10_200, 3_600_000)
    watchedObject(sink, { type: 'DELETED', object: going }, T0 + 12_000, 3_600_000)
    watchedObject(sink, { type: 'BOOKMARK', object: {} }, T0 + 12_000, 3_600_000)
    expect(sink.names).toContainEqual(['pod:delete:success', 10_200])
    expect(sink.names).toContainEqual(['pod:deleted:success', 12_000])
    expect(sink.ignored).toEqual(['nothing_new'])
  })
})
