import type { Outcome } from '../../../src/helpers/delivery/model.ts'
import type { Attributes } from '../../../src/pdata/attributes.ts'
import { SPAN_KIND, type Span, STATUS_CODE } from '../../../src/pdata/traces.ts'
import { spanIdOf } from '../trace/ids.ts'
import { type RolledPod, type Rollout, rolloutLink } from '../trace/rollouts.ts'
import { linkTo } from './links.ts'
import { ns, ROOT_SERVICE, rootIdOf, type ServiceSpan } from './spans.ts'

const BAD: readonly Outcome[] = ['failed', 'rejected', 'expired']

/** The spans of a rollout: a root, and one for each pod, which is linked to the pod's own trace. */
export function rolloutSpans(rollout: Rollout): ServiceSpan[] {
  const { ref, traceId, startMs, endMs, outcome, pods } = rollout
  const about = rolloutAttributes(rollout)
  const root: Span = {
    ...baseOf(traceId),
    spanId: rolloutLink(ref).spanId,
    parentSpanId: '',
    name: `${ref.kind === 'Job' ? 'job' : 'deployment'} rollout`,
    startNs: ns(startMs),
    endNs: ns(endMs),
    attributes: {
      ...about,
      'waggle.delivery.kind': 'rollout',
      'waggle.delivery.outcome': outcome,
      'waggle.delivery.pods': pods.length,
    },
    events: [],
    status: statusOf(outcome, ''),
  }
  const children = pods.map((pod, i) => ({
    service: ROOT_SERVICE,
    span: podSpan(rollout, pod, i, about),
  }))
  return [{ service: ROOT_SERVICE, span: root }, ...children]
}

function baseOf(traceId: string) {
  return { traceId, traceState: '', flags: 1, kind: SPAN_KIND.internal }
}

function podSpan({ ref, traceId }: Rollout, pod: RolledPod, i: number, about: Attributes): Span {
  const { startMs, endMs, outcome, name, uid, message } = pod
  return {
    ...baseOf(traceId),
    spanId: spanIdOf(traceId, 'pod', uid || String(i)),
    parentSpanId: rolloutLink(ref).spanId,
    name: 'pod create',
    startNs: ns(startMs),
    endNs: ns(Math.max(startMs, endMs)),
    attributes: {
      ...about,
      'k8s.pod.name': name,
      ...(uid !== '' && { 'k8s.pod.uid': uid }),
      'waggle.delivery.outcome': outcome,
    },
    events: [],
    links: [linkTo(pod.traceId, rootIdOf(pod), { 'waggle.link.kind': 'pod' })],
    status: statusOf(outcome, message),
  }
}

function statusOf(outcome: Outcome, message: string): Span['status'] {
  return { code: BAD.includes(outcome) ? STATUS_CODE.error : STATUS_CODE.unset, message }
}

function rolloutAttributes({ ref, namespace, workload }: Rollout): Attributes {
  const owner = ref.kind === 'Job' ? 'k8s.job' : 'k8s.replicaset'
  const top = workload && (workload.kind === 'CronJob' ? 'k8s.cronjob' : 'k8s.deployment')
  return {
    'k8s.namespace.name': namespace,
    [`${owner}.name`]: ref.name,
    [`${owner}.uid`]: ref.uid,
    ...(workload && top && { [`${top}.name`]: workload.name, [`${top}.uid`]: workload.uid }),
  }
}
