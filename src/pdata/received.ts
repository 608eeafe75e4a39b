import type { Delivery } from './delivery.ts'

/** Groups that are read from the bytes of a request when somebody asks for them. */
export interface Received<G> {
  /** The request: an `Export…ServiceRequest` in protobuf. Nobody writes to these bytes any more. */
  readonly encoded: Buffer
  readonly itemCount: number
  groups(): readonly G[]
}

/** The groups of a batch: made by a component, or received. */
export type Groups<G> = readonly G[] | Received<G>

/** What batches of spans, metrics and log records have in common. */
export class GroupedBatch<G> {
  readonly delivery: Delivery
  /** Number of spans, data points or log records. */
  readonly itemCount: number
  /** The request that the batch was received as, where nobody has changed it: to be sent as it is. */
  readonly encoded: Buffer | undefined
  #groups: readonly G[] | undefined
  readonly #received: Received<G> | undefined

  constructor(groups: Groups<G>, delivery: Delivery, itemsOf: (group: G) => number) {
    const received = 'encoded' in groups ? groups : undefined
    this.delivery = delivery
    this.#received = received
    this.encoded = received?.encoded
    this.#groups = received ? undefined : (groups as readonly G[])
    this.itemCount = received?.itemCount ?? sumOf(groups as readonly G[], itemsOf)
  }

  /** Items by resource and scope; those of a received batch are read when they are first asked for. */
  get groups(): readonly G[] {
    return (this.#groups ??= this.#received?.groups() ?? [])
  }
}

function sumOf<G>(groups: readonly G[], itemsOf: (group: G) => number): number {
  let sum = 0
  for (const group of groups) sum += itemsOf(group)
  return sum
}
