import { Delivery, type Outcome } from '../pdata/delivery.ts'
import type { ComponentCounters } from '../telemetry/counters.ts'

/**
 * The delivery of a batch that a receiver makes of `items` items: what comes back is counted as the
 * receiver's `out` or as a drop with the reason. `onSettled` runs afterwards.
 */
export function countedDelivery(
  counters: ComponentCounters,
  items: number,
  onSettled: (outcome: Outcome) => void = () => {},
): Delivery {
  return new Delivery((outcome) => {
    if (outcome.kind === 'accepted') counters.countOut(items)
    else {
      counters.drop(outcome.reason, items)
      counters.refuse(outcome.reason, items)
    }
    onSettled(outcome)
  })
}

/**
 * The delivery of a batch that an aggregating component makes of `items` items: what is not taken is
 * counted as refused.
 */
export function madeDelivery(counters: ComponentCounters, items: number): Delivery {
  return new Delivery((outcome) => {
    if (outcome.kind !== 'accepted') counters.refuse(outcome.reason, items)
  })
}
