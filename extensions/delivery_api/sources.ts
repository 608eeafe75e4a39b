import type { JudgedDelivery, PodRef } from '../../src/helpers/delivery/model.ts'
import type { DeliveryQuery, DeliverySource } from '../../src/helpers/delivery/source.ts'

/** What several connectors know, as if it were one. */
export class Sources implements DeliverySource {
  readonly #all = new Map<string, DeliverySource>()

  /** Takes a source in; what is returned takes it out again, unless another of its name came since. */
  add(owner: string, source: DeliverySource): () => void {
    this.#all.set(owner, source)
    return () => {
      if (this.#all.get(owner) === source) this.#all.delete(owner)
    }
  }

  get size(): number {
    return this.#all.size
  }

  find(query: DeliveryQuery): readonly JudgedDelivery[] {
    const [first, ...rest] = this.#all.values()
    if (!first || query.limit <= 0) return []
    if (rest.length === 0) return first.find(query)
    const found = [first, ...rest].flatMap((source) => source.find(query))
    return found.toSorted(ORDERS[query.order]).slice(0, query.limit)
  }

  pods(namespace: string, name: string): readonly PodRef[] {
    const found = [...this.#all.values()].flatMap((source) => source.pods(namespace, name))
    return [...new Map(found.map((pod) => [pod.uid, pod])).values()]
  }
}

const ORDERS = {
  slowest: (a: JudgedDelivery, b: JudgedDelivery) => b.verdict.platformMs - a.verdict.platformMs,
  newest: (a: JudgedDelivery, b: JudgedDelivery) => b.delivery.startMs - a.delivery.startMs,
} as const
