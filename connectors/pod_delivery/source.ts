import type { JudgedDelivery, PodRef } from '../../src/helpers/delivery/model.ts'
import type { DeliveryQuery, DeliverySource } from '../../src/helpers/delivery/source.ts'
import type { Follower } from './follower.ts'

/** One that may be an answer: it is judged only where that matters. */
interface Candidate {
  readonly startMs: number
  /** It took no more than this. */
  readonly totalMs: number
  readonly judge: () => JudgedDelivery
}

/** Answers for a connector. */
export class FollowedDeliveries implements DeliverySource {
  readonly #follower: Follower

  constructor(follower: Follower) {
    this.#follower = follower
  }

  pods(namespace: string, name: string): readonly PodRef[] {
    const open = this.#follower.tracker.allNamed(namespace, name)
    const ended = [...this.#follower.finished]
      .map(({ delivery: { pod } }) => pod)
      .filter((pod) => pod.namespace === namespace && pod.name === name && pod.uid !== '')
      .toReversed()
    const all = [...open, ...ended].map((ref): [string, PodRef] => [
      ref.uid,
      { uid: ref.uid, namespace: ref.namespace, name: ref.name },
    ])
    return [...new Map(all).values()]
  }

  find(query: DeliveryQuery): readonly JudgedDelivery[] {
    const candidates = [...this.#candidates(query)]
    const isWanted = ({ diagnosis }: JudgedDelivery): boolean =>
      !query.failed || diagnosis.code !== 'Success'
    return query.order === 'newest'
      ? newest(candidates, isWanted, query.limit)
      : slowest(candidates, isWanted, query.limit)
  }

  *#candidates(query: DeliveryQuery): Generator<Candidate> {
    const { tracker, finished, clock } = this.#follower
    const { nowMs } = clock
    for (const { pod, life } of tracker.open()) {
      if (!fits(query, pod.facts, life.kind)) continue
      yield {
        startMs: life.startMs,
        totalMs: (life.endMs ?? nowMs) - life.startMs,
        judge: () => this.#follower.judge(tracker.deliveryOf(pod, life)),
      }
    }
    for (const judged of finished) {
      const { delivery } = judged
      if (!fits(query, delivery.pod, delivery.kind)) continue
      const { startMs, endMs = startMs } = delivery
      yield { startMs, totalMs: endMs - startMs, judge: () => judged }
    }
  }
}

function fits(
  query: DeliveryQuery,
  pod: JudgedDelivery['delivery']['pod'],
  kind: JudgedDelivery['delivery']['kind'],
): boolean {
  if (!query.visible(pod.namespace)) return false
  const { namespace, workload, node, pod: name, uid } = query
  if (workload !== undefined && pod.owner?.name !== workload && pod.workload?.name !== workload) {
    return false
  }
  return (
    (namespace === undefined || pod.namespace === namespace) &&
    (node === undefined || pod.nodeName === node) &&
    (name === undefined || pod.name === name) &&
    (uid === undefined || pod.uid === uid) &&
    (query.kind === undefined || kind === query.kind)
  )
}

function newest(
  candidates: readonly Candidate[],
  isWanted: (judged: JudgedDelivery) => boolean,
  limit: number,
): JudgedDelivery[] {
  const found: JudgedDelivery[] = []
  for (const { judge } of candidates.toSorted((a, b) => b.startMs - a.startMs)) {
    if (found.length >= limit) break
    const judged = judge()
    if (isWanted(judged)) found.push(judged)
  }
  return found
}

/** The platform's time is a part of the total: what took less in all than the last found is not among them. */
function slowest(
  candidates: readonly Candidate[],
  isWanted: (judged: JudgedDelivery) => boolean,
  limit: number,
): JudgedDelivery[] {
  const found: JudgedDelivery[] = []
  for (const { totalMs, judge } of candidates.toSorted((a, b) => b.totalMs - a.totalMs)) {
    const last = found[limit - 1]
    if (last && totalMs <= last.verdict.platformMs) break
    const judged = judge()
    if (!isWanted(judged)) continue
    found.push(judged)
    found.sort((a, b) => b.verdict.platformMs - a.verdict.platformMs)
    found.length = Math.min(found.length, limit)
  }
  return found.slice(0, limit)
}
