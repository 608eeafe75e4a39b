import type { Delivery } from '../../../src/helpers/delivery/model.ts'
import { findingsOf } from '../diagnosis/findings.ts'
import type { Finding } from '../diagnosis/findings.ts'
import type { HeldUp } from './platform_time.ts'

/**
 * When mistakes held a delivery up, from when they were first told of until they were over. Those that
 * are a user's without doubt, or, to see what hangs on it, those as well whose owner nobody knows.
 */
export function heldUp(delivery: Delivery, toMs: number, owners: readonly string[]): HeldUp[] {
  return findingsOf(delivery, toMs)
    .filter(({ facts }) => owners.includes(facts.owner))
    .map((finding) => ({
      interval: [heldSince(finding, delivery), finding.clearedMs ?? toMs],
      holds: ({ type, subject }) =>
        finding.judge.holds.includes(type) && isAbout(finding, subject, delivery),
    }))
}

/** What a restart begins with is why there is one, and holds nothing up: only what comes after it does. */
function heldSince({ signals, firstMs }: Finding, { kind, startMs }: Delivery): number {
  if (kind !== 'restart') return firstMs
  return Math.min(...signals.map((signal) => signal.firstMs).filter((ms) => ms > startMs))
}

/** What is wrong with one container holds no stage of another up. */
function isAbout({ container }: Finding, subject: string, { pod }: Delivery): boolean {
  if (container === '' || subject === '' || subject === container) return true
  return pod.containers.some(({ name, image }) => name === container && image === subject)
}
