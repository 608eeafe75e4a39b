import type {
  Delivery,
  JudgedDelivery,
  OwnerRef,
  PodFacts,
} from '../../../src/helpers/delivery/model.ts'
import type { AttributeValue, Attributes } from '../../../src/pdata/attributes.ts'

/** Attributes of OpenTelemetry's semantic conventions for the kinds that own pods. */
const OWNER_KEYS: Readonly<Record<string, string>> = {
  Deployment: 'k8s.deployment',
  ReplicaSet: 'k8s.replicaset',
  StatefulSet: 'k8s.statefulset',
  DaemonSet: 'k8s.daemonset',
  Job: 'k8s.job',
  CronJob: 'k8s.cronjob',
}

/** What everything about a pod carries: its names, and those of what owns it. */
export function podAttributes(pod: PodFacts): Attributes {
  const all: Record<string, AttributeValue> = {}
  const add = (key: string, value: string): void => {
    if (value !== '') all[key] = value
  }
  add('k8s.namespace.name', pod.namespace)
  add('k8s.pod.name', pod.name)
  add('k8s.pod.uid', pod.uid)
  add('k8s.node.name', pod.nodeName)
  for (const owner of [pod.owner, pod.workload]) {
    const key = owner && OWNER_KEYS[owner.kind]
    if (!key) continue
    add(`${key}.name`, owner.name)
    add(`${key}.uid`, owner.uid)
  }
  // Its name follows from the ReplicaSet's; nobody told.
  if (pod.workload?.uid === '') all['waggle.k8s.workload.inferred'] = true
  return all
}

/** What a pod belongs to in the end, by name: its Deployment, else its controller, else itself. */
export function workloadOf({ workload, owner }: PodFacts): OwnerRef | undefined {
  return workload ?? owner
}

/** What was made of a delivery, as attributes of its root span and its log record. */
export function verdictAttributes({ delivery, verdict, diagnosis }: JudgedDelivery): Attributes {
  return {
    'waggle.delivery.kind': delivery.kind,
    'waggle.delivery.outcome': delivery.outcome ?? 'unknown',
    'waggle.delivery.class': verdict.class,
    'waggle.delivery.path': verdict.path,
    'waggle.delivery.kept': verdict.kept,
    'waggle.delivery.promised': verdict.promisedMs / 1000,
    'waggle.delivery.total': verdict.totalMs / 1000,
    'waggle.delivery.platform': verdict.platformMs / 1000,
    'waggle.delivery.user': verdict.userMs / 1000,
    ...(verdict.upstreamMs !== undefined && {
      'waggle.delivery.upstream': verdict.upstreamMs / 1000,
    }),
    'waggle.delivery.upstream_kept': verdict.upstreamKept,
    ...restartCount(delivery),
    'waggle.delivery.code': diagnosis.code,
    'waggle.delivery.owner': diagnosis.owner,
    'waggle.delivery.severity': diagnosis.severity,
    ...(diagnosis.stage !== '' && { 'waggle.delivery.stage': diagnosis.stage }),
    ...(diagnosis.subject !== '' && { 'waggle.delivery.subject': diagnosis.subject }),
    ...(diagnosis.also.length > 0 && { 'waggle.delivery.also': diagnosis.also }),
    ...(delivery.eventsLeftOut > 0 && {
      'waggle.delivery.events_left_out': delivery.eventsLeftOut,
    }),
  }
}

/** How often the container of a restart had been started again by its end; until then, by now. */
function restartCount({ kind, container, events, status }: Delivery): Attributes {
  if (kind !== 'restart') return {}
  const prefix = `containerRestartCount:${container}:`
  const told = events.findLast(({ name }) => name.startsWith(prefix))?.name.slice(prefix.length)
  const known = told ?? status?.containers.find(({ name }) => name === container)?.restarts
  return known === undefined ? {} : { 'k8s.container.restart_count': BigInt(known) }
}
