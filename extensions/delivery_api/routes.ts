import { z } from 'zod'
import type { JudgedDelivery, PodRef } from '../../src/helpers/delivery/model.ts'
import type { DeliverySource } from '../../src/helpers/delivery/source.ts'
import type { Language } from '../../src/helpers/delivery/wording.ts'
import type { Viewer } from './access.ts'
import { Refusal } from './refusal.ts'
import type { SchemaName } from './schemas.ts'
import { mustSee, scopeOf } from './scope.ts'
import { groupsOf } from './summary.ts'
import { podInfoView, podView, summaryView } from './views.ts'

/** The most deliveries of one pod in an answer. */
const MOST_OF_A_POD = 100
/** The most deliveries that a summary looks at. */
const MOST_SUMMARISED = 10_000
const MOST_GROUPS = 1_000

/** What a route is asked. */
export interface Asked {
  /** The parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>
  /** The query, checked by the route's schema. */
  readonly query: Readonly<Record<string, unknown>>
  readonly viewer: Viewer
  readonly source: DeliverySource
  readonly language: Language
}

/** One path of the API. */
export interface Route {
  /** Below `/api/v1`, with its parameters in braces. */
  readonly path: string
  readonly operation: string
  readonly summary: string
  readonly query: z.ZodObject
  readonly answer: SchemaName
  /** Rejects with `Refusal`. */
  readonly read: (asked: Asked) => Promise<object>
}

const text = (what: string): z.ZodOptional<z.ZodString> =>
  z.string().min(1).max(253).optional().describe(what)
const flag = (what: string): z.ZodDefault<z.ZodEnum<{ true: 'true'; false: 'false' }>> =>
  z.enum(['true', 'false']).default('false').describe(what)
const limit = z.coerce
  .number()
  .pipe(z.int().min(1).max(1_000))
  .default(100)
  .describe('How many at most.')

const ofOnePod = z.strictObject({
  uid: text('Which of the pods of this name; the newest unless given.'),
})
const podFilters = z.strictObject({
  namespace: text('The namespace.'),
  name: text('The name of the pod.'),
  uid: text('The uid of the pod.'),
  limit,
})
const filters = {
  namespace: text('The namespace.'),
  workload: text("The name of the pod's controller, or of the Deployment or CronJob behind it."),
  node: text('The node.'),
  kind: z.enum(['create', 'delete', 'restart']).optional().describe('What was done to the pod.'),
  failed: flag('Only those whose diagnosis is not Success.'),
}
const deliveryFilters = z.strictObject({
  ...filters,
  order: z.enum(['slowest', 'newest']).default('newest').describe('`slowest` by platform time.'),
  limit,
})
const summaryFilters = z.strictObject({
  ...filters,
  by: z.enum(['namespace', 'workload', 'node']).default('namespace').describe('What to group by.'),
})

/** Every path of the API, below `/api/v1`. */
export const ROUTES: readonly Route[] = [
  {
    path: '/pods',
    operation: 'listPods',
    summary: 'The pods that are known, by name or uid, those with the newest deliveries first.',
    query: podFilters,
    answer: 'PodList',
    read: listPods,
  },
  byName('', 'getPod', 'All that is known of a pod.', 'Pod', (pod) => pod),
  byName('/info', 'getInfo', 'What a pod is.', 'InfoAnswer', ({ pod, info }) => ({ pod, info })),
  byName('/lifecycle', 'getLifecycle', 'The key events of a pod.', 'LifecycleAnswer', (pod) => {
    return { pod: pod.pod, lifecycle: pod.lifecycle }
  }),
  byName('/trace', 'getTrace', 'The deliveries of a pod in their stages.', 'TraceAnswer', (pod) => {
    return { pod: pod.pod, trace: pod.trace }
  }),
  byName('/slo', 'getSlo', 'The verdicts on the deliveries of a pod.', 'SloAnswer', (pod) => {
    return { pod: pod.pod, slo: pod.slo }
  }),
  byName(
    '/diagnosis',
    'getDiagnosis',
    'Why the deliveries of a pod are as they are.',
    'DiagnosisAnswer',
    (pod) => {
      return { pod: pod.pod, diagnosis: pod.diagnosis }
    },
  ),
  byUid(
    'timeline',
    'getTimelineByUid',
    'The deliveries of a pod in their stages.',
    'TraceAnswer',
    (pod) => {
      return { pod: pod.pod, trace: pod.trace }
    },
  ),
  byUid(
    'diagnosis',
    'getDiagnosisByUid',
    'Why the deliveries of a pod are as they are.',
    'DiagnosisAnswer',
    (pod) => {
      return { pod: pod.pod, diagnosis: pod.diagnosis }
    },
  ),
  {
    path: '/deliveries',
    operation: 'listDeliveries',
    summary: 'Deliveries, the slowest or the newest first.',
    query: deliveryFilters,
    answer: 'DeliveryList',
    read: listDeliveries,
  },
  {
    path: '/summary',
    operation: 'getSummary',
    summary: 'Deliveries by namespace, workload or node.',
    query: summaryFilters,
    answer: 'Summary',
    read: summarise,
  },
]

type PodView = ReturnType<typeof podView>

function byName(
  part: string,
  operation: string,
  summary: string,
  answer: SchemaName,
  pick: (pod: PodView) => object,
): Route {
  const read = async (asked: Asked): Promise<object> => {
    const { namespace = '', name = '' } = asked.params
    const { uid } = asked.query as z.output<typeof ofOnePod>
    await mustSee(asked.viewer, namespace)
    return pick(podNamed(asked, namespace, name, uid))
  }
  return {
    path: `/pods/{namespace}/{name}${part}`,
    operation,
    summary,
    query: ofOnePod,
    answer,
    read,
  }
}

function byUid(
  part: string,
  operation: string,
  summary: string,
  answer: SchemaName,
  pick: (pod: PodView) => object,
): Route {
  const read = async (asked: Asked): Promise<object> => {
    const { uid = '' } = asked.params
    const refusal = new Refusal(
      404,
      `No delivery of a pod with the uid ${JSON.stringify(uid)} is known.`,
    )
    const [first] = asked.source.find({ ...ONE_POD, uid, limit: 1 })
    if (!first) throw refusal
    // Whoever may not see it learns not even that it is there.
    const { namespace, name } = first.delivery.pod
    if (!(await asked.viewer.sees(namespace))) throw refusal
    return pick(podNamed(asked, namespace, name, uid))
  }
  const query = z.strictObject({})
  return { path: `/pods/{uid}/${part}`, operation, summary, query, answer, read }
}

const ONE_POD = { order: 'newest', failed: false, visible: () => true } as const

/** What is known of a pod by its name, of the newest of that name unless a uid is given. Throws `Refusal`. */
export function podNamed(
  { source, language }: Pick<Asked, 'source' | 'language'>,
  namespace: string,
  name: string,
  uid?: string,
): PodView {
  const { judged, others } = deliveriesOfPod(source, namespace, name, uid)
  return podView(judged, others, language)
}

/** The deliveries of a pod, by their beginning, and the other pods of its name. Throws `Refusal`. */
export function deliveriesOfPod(
  source: DeliverySource,
  namespace: string,
  name: string,
  uid?: string,
): { judged: readonly [JudgedDelivery, ...JudgedDelivery[]]; others: readonly PodRef[] } {
  const known = source.pods(namespace, name)
  const wanted = uid ?? known[0]?.uid
  const query = { ...ONE_POD, namespace, pod: name, limit: MOST_OF_A_POD }
  const found = wanted === undefined ? [] : source.find({ ...query, uid: wanted })
  const [first, ...rest] = found.toSorted((a, b) => a.delivery.startMs - b.delivery.startMs)
  if (!first) {
    const which = uid === undefined ? '' : ` with the uid ${JSON.stringify(uid)}`
    throw new Refusal(
      404,
      `No delivery of a pod ${JSON.stringify(`${namespace}/${name}`)}${which} is known.`,
    )
  }
  const others = known.filter((pod) => pod.uid !== wanted).slice(0, MOST_OF_A_POD)
  return { judged: [first, ...rest], others }
}

async function listPods({ query, viewer, source }: Asked): Promise<object> {
  const { namespace, name, uid, limit: most } = query as z.output<typeof podFilters>
  const { visible, leftOut } = await scopeOf(viewer, source, namespace)
  const asked = { ...given({ namespace, pod: name, uid }), ...ONE_POD, visible }
  const found = source.find({ ...asked, limit: MOST_SUMMARISED })
  const newest = new Map<string, JudgedDelivery>()
  for (const one of found) {
    if (!newest.has(one.delivery.pod.uid)) newest.set(one.delivery.pod.uid, one)
  }
  const pods = [...newest.values()].slice(0, most).map(({ delivery }) => podInfoView(delivery))
  const more = newest.size > most || found.length === MOST_SUMMARISED
  return { pods, more, namespaces_left_out: leftOut }
}

async function listDeliveries({ query, viewer, source, language }: Asked): Promise<object> {
  const {
    order,
    failed,
    limit: most,
    namespace,
    ...others
  } = query as z.output<typeof deliveryFilters>
  const { visible, leftOut } = await scopeOf(viewer, source, namespace)
  const asked = { ...given({ namespace, ...others }), order, failed: failed === 'true', visible }
  const found = source.find({ ...asked, limit: most + 1 })
  const deliveries = found.slice(0, most).map((one) => summaryView(one, language))
  return { deliveries, more: found.length > most, namespaces_left_out: leftOut }
}

async function summarise({ query, viewer, source }: Asked): Promise<object> {
  const { by, failed, namespace, ...others } = query as z.output<typeof summaryFilters>
  const { visible, leftOut } = await scopeOf(viewer, source, namespace)
  const asked = {
    ...given({ namespace, ...others }),
    ...ONE_POD,
    failed: failed === 'true',
    visible,
  }
  const found = source.find({ ...asked, limit: MOST_SUMMARISED + 1 })
  const looked = found.slice(0, MOST_SUMMARISED)
  const groups = groupsOf(looked, by)
  return {
    by,
    groups: groups.slice(0, MOST_GROUPS),
    deliveries: looked.length,
    more: found.length > looked.length || groups.length > MOST_GROUPS,
    namespaces_left_out: leftOut,
  }
}

/** Without what is undefined. */
function given<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> }
}
