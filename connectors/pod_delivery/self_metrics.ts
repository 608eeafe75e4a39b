import type { Meter, MetricFacts } from '../../src/telemetry/meter.ts'
import { IGNORED } from './events/sink.ts'
import type { Follower } from './follower.ts'
import { EVICTED } from './trace/tracker.ts'

const KINDS = ['create', 'delete', 'restart'] as const

const PARSED: MetricFacts = {
  name: 'waggle.pod_delivery.parsed',
  description: 'Log records whose body was parsed, each once.',
  unit: '{record}',
}
const IGNORED_EVENTS: MetricFacts = {
  name: 'waggle.pod_delivery.ignored',
  description: 'Records, or parts of them, that tell nothing of a delivery, by reason.',
  unit: '{record}',
}
const PODS: MetricFacts = {
  name: 'waggle.pod_delivery.pods',
  description: 'Pods of which something is kept.',
  unit: '{pod}',
}
const EVICTED_PODS: MetricFacts = {
  name: 'waggle.pod_delivery.evicted',
  description: 'Pods that were forgotten, by reason.',
  unit: '{pod}',
}
const EMITTED: MetricFacts = {
  name: 'waggle.pod_delivery.emitted',
  description: 'Deliveries that were handed on, by kind.',
  unit: '{delivery}',
}
const LATE: MetricFacts = {
  name: 'waggle.pod_delivery.late',
  description: 'Events of deliveries that had been handed on.',
  unit: '{event}',
}
const REPEATED: MetricFacts = {
  name: 'waggle.pod_delivery.rejections.repeated',
  description:
    'Refused requests that were like one shortly before, and have no trace of their own.',
  unit: '{request}',
}
const LEFT: MetricFacts = {
  name: 'waggle.pod_delivery.unfinished',
  description: 'Deliveries under way that were given up when the agent ended.',
  unit: '{delivery}',
}
const SERIES: MetricFacts = {
  name: 'waggle.pod_delivery.series',
  description: 'Series of the metrics of deliveries.',
  unit: '{series}',
}
const OVERFLOWED: MetricFacts = {
  name: 'waggle.pod_delivery.overflowed',
  description: 'Values that were counted in the series for those that are too many.',
  unit: '{value}',
}
const ROLLOUTS: MetricFacts = {
  name: 'waggle.pod_delivery.rollouts',
  description: 'Rollouts that are followed.',
  unit: '{rollout}',
}
const ROLLOUTS_EVICTED: MetricFacts = {
  name: 'waggle.pod_delivery.rollouts.evicted',
  description: 'Rollouts that were given up for lack of room.',
  unit: '{rollout}',
}

/** Registers what a follower knows of itself; returns what ends it. */
export function registerAccount(meter: Meter, follower: Follower, left: () => number): () => void {
  const { tracker, reader, metrics } = follower
  const ends = [
    meter.counter(PARSED, (observe) => observe(reader.parsed)),
    meter.counter(IGNORED_EVENTS, (observe) => {
      for (const reason of IGNORED) observe(tracker.ignored.get(reason) ?? 0, { reason })
    }),
    meter.gauge(PODS, (observe) => observe(tracker.size)),
    meter.counter(EVICTED_PODS, (observe) => {
      for (const reason of EVICTED) observe(tracker.evicted.get(reason) ?? 0, { reason })
    }),
    meter.counter(EMITTED, (observe) => {
      for (const kind of KINDS) observe(follower.emitted[kind], { kind })
    }),
    meter.counter(LATE, (observe) => observe(tracker.late)),
    meter.counter(REPEATED, (observe) => observe(tracker.repeatedRejections)),
    meter.counter(LEFT, (observe) => observe(left())),
    meter.gauge(SERIES, (observe) => observe(metrics.size)),
    meter.counter(OVERFLOWED, (observe) => observe(metrics.overflowed)),
    meter.gauge(ROLLOUTS, (observe) => observe(follower.rollouts?.size ?? 0)),
    meter.counter(ROLLOUTS_EVICTED, (observe) => observe(follower.rollouts?.evicted ?? 0)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
