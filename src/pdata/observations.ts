import type { Delivery } from './delivery.ts'
import type { HttpObservations } from './http_observations.ts'
import type { NetworkObservations } from './network_observations.ts'

/** What every batch of observations has: a view over bytes that came out of the kernel. */
export interface ObservationBatch {
  readonly kind: 'observations'
  /** Which records these are; picks the view's class. */
  readonly schema: string
  /** Number of records. */
  readonly itemCount: number
  readonly delivery: Delivery
}

/** Every schema of observations. */
export type Observations = HttpObservations | NetworkObservations
