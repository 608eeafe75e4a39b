import type {
  Delivery,
  DeliveryEvent,
  JudgedDelivery,
  PodFacts,
  PodRef,
} from '../../src/helpers/delivery/model.ts'
import type { DeliveryQuery, DeliverySource } from '../../src/helpers/delivery/source.ts'

/** When the deliveries of the tests begin: 2026-01-01T00:00:00Z. */
export const START = Date.parse('2026-01-01T00:00:00Z')

/** What a test decides of a delivery. */
export interface Given {
  readonly pod?: Partial<PodFacts>
  readonly delivery?: Partial<Delivery>
  readonly verdict?: Partial<JudgedDelivery['verdict']>
  readonly diagnosis?: Partial<JudgedDelivery['diagnosis']>
}

/** A delivery of the pod shop/web-1 that pulls an image for 40 s, and is Ready after 50. */
export function deliveryOf({ pod, delivery, verdict, diagnosis }: Given = {}): JudgedDelivery {
  return {
    delivery: { ...DELIVERY, pod: { ...POD, ...pod }, ...delivery },
    verdict: { ...VERDICT, ...verdict },
    diagnosis: { ...DIAGNOSIS, ...diagnosis },
  }
}

const POD: PodFacts = {
  uid: '8a3f',
  namespace: 'shop',
  name: 'web-1',
  nodeName: 'n1',
  schedulerName: 'default-scheduler',
  restartPolicy: 'Always',
  hostNetwork: false,
  priorityClass: '',
  owner: { kind: 'ReplicaSet', name: 'web-5d8', uid: 'r1' },
  workload: { kind: 'Deployment', name: 'web', uid: 'd1' },
  labels: { app: 'web' },
  containers: [
    {
      name: 'app',
      image: 'shop/web:1',
      role: 'main',
      cpu: 0.5,
      memory: 268435456,
      hasPostStart: false,
      probes: ['readiness'],
    },
    {
      name: 'setup',
      image: 'shop/setup:1',
      role: 'init',
      cpu: 0,
      memory: 0,
      hasPostStart: false,
      probes: [],
    },
  ],
  volumes: [{ name: 'settings', type: 'configMap', source: 'web' }],
  readinessGates: ['example.com/lb'],
  placement: [],
  createdMs: START,
  complete: true,
}

const REF: PodRef = { uid: POD.uid, namespace: POD.namespace, name: POD.name }

const EVENTS: readonly DeliveryEvent[] = [
  {
    id: 'a',
    source: 'operation',
    timeMs: START,
    pod: REF,
    name: 'pod:create:success',
    component: 'kube-controller-manager',
    container: '',
    code: 201,
    user: 'system:x',
    message: '',
    reason: '',
  },
  {
    id: 'b',
    source: 'event',
    timeMs: START + 42_000,
    pod: REF,
    name: 'event:Failed',
    component: 'kubelet',
    container: 'app',
    reason: 'Failed',
    type: 'Warning',
    count: 3,
    message: 'pull <b>"shop/web:1"</b>: timeout',
    firstMs: START + 10_000,
  },
]

const DELIVERY: Delivery = {
  kind: 'create',
  pod: POD,
  status: {
    phase: 'Running',
    reason: '',
    message: '',
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: '',
        message: '',
        sinceMs: START + 50_000,
      },
    ],
    containers: [
      {
        name: 'app',
        ready: true,
        restarts: 1,
        state: 'running',
        reason: '',
        message: '',
        exitCode: undefined,
        startedMs: START + 45_000,
        finishedMs: 0,
        last: undefined,
      },
    ],
  },
  container: '',
  startMs: START,
  endMs: START + 50_000,
  outcome: 'ready',
  events: EVENTS,
  eventsLeftOut: 1,
  stages: [
    {
      type: 'scheduling',
      subject: '',
      owner: 'platform',
      component: 'kube-scheduler',
      startMs: START,
      endMs: START + 500.5,
      waitedMs: 0,
      errors: [],
    },
    {
      type: 'image_pull',
      subject: 'shop/web:1',
      owner: 'platform',
      component: 'kubelet',
      startMs: START + 1_000,
      endMs: START + 41_000,
      waitedMs: 2_000,
      errors: [
        {
          reason: 'Failed',
          message: '<script>x</script>',
          count: 3,
          firstMs: START + 10_000,
          lastMs: START + 42_000,
        },
      ],
    },
    {
      type: 'readiness',
      subject: '',
      owner: 'user',
      component: 'application',
      startMs: START + 45_000,
      endMs: undefined,
      waitedMs: 0,
      errors: [],
    },
  ],
  traceId: '0af7651916cd43dd8448eb211c80319c',
}

const VERDICT: JudgedDelivery['verdict'] = {
  class: 'typical',
  path: 'service',
  promisedMs: 90_000,
  totalMs: 50_000,
  platformMs: 45_000,
  userMs: 5_000,
  upstreamMs: undefined,
  kept: 'kept',
  upstreamKept: 'unknown',
}

const DIAGNOSIS: JudgedDelivery['diagnosis'] = {
  code: 'ImagePullSlow',
  stage: 'image_pull',
  owner: 'platform',
  severity: 'slow',
  subject: 'shop/web:1',
  sentence: {
    en: 'Pulling <shop/web:1> took 40 s.',
    zh: '拉取镜像 <shop/web:1> 用了 40 秒。',
  },
  action: {
    en: 'Make the image smaller.',
    zh: '缩小镜像。',
  },
  evidence: [
    {
      timeMs: START + 41_000,
      text: 'Successfully pulled image',
    },
  ],
  also: ['RegistryTimeout'],
}

/** A source of some deliveries, as a connector is one. */
export class FakeSource implements DeliverySource {
  readonly queries: DeliveryQuery[] = []
  readonly #all: readonly JudgedDelivery[]

  constructor(all: readonly JudgedDelivery[]) {
    this.#all = all
  }

  find(query: DeliveryQuery): readonly JudgedDelivery[] {
    this.queries.push(query)
    const { namespace, workload, node, pod, uid, kind, failed, visible, order, limit } = query
    const is = (wanted: string | undefined, ...had: readonly (string | undefined)[]): boolean =>
      wanted === undefined || had.includes(wanted)
    const fits = ({ delivery: { pod: one, kind: done }, diagnosis }: JudgedDelivery): boolean =>
      is(namespace, one.namespace) &&
      is(workload, one.workload?.name, one.owner?.name) &&
      is(node, one.nodeName) &&
      is(pod, one.name) &&
      is(uid, one.uid) &&
      is(kind, done) &&
      (!failed || diagnosis.code !== 'Success') &&
      visible(one.namespace)
    const by = (one: JudgedDelivery): number =>
      order === 'slowest' ? one.verdict.platformMs : one.delivery.startMs
    return this.#all
      .filter(fits)
      .toSorted((a, b) => by(b) - by(a))
      .slice(0, limit)
  }

  pods(namespace: string, name: string): readonly PodRef[] {
    const query = { order: 'newest', failed: false, visible: () => true, limit: 100 } as const
    const found = this.find({ ...query, namespace, pod: name })
    return [...new Map(found.map(({ delivery: { pod } }) => [pod.uid, pod])).values()]
  }
}
