import type { Delivery } from '../../../src/helpers/delivery/model.ts'
import { findingsOf } from '../diagnosis/findings.ts'
import type { HeldUp } from './platform_time.ts'

/**
 * When mistakes held a delivery up, from when they were first told of until they were over. Those that
 * are a user's without doubt, or, to see what hangs on it, those as well whose owner nobody knows.
 */
export function heldUp(delivery: Delivery, toMs: number, owners: readonly string[]): HeldUp[] {
  return findingsOf(delivery, toMs)
    .filter(({ facts }) => owners.includes(facts.owner))
    .map(({ firstMs, clearedMs, judge }) => ({
      interval: [firstMs, clearedMs ?? toMs],
      holds: ({ type = '' }) => judge.holds.includes(type),
    }))
}
