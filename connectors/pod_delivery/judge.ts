import type { Delivery, JudgedDelivery } from '../../src/helpers/delivery/model.ts'
import { diagnose } from './diagnosis/diagnose.ts'
import type { SloConfig } from './slo/config.ts'
import { judgeDelivery } from './slo/judge.ts'

/** A delivery with verdict and reason, as of now. */
export function judged(delivery: Delivery, slo: SloConfig, nowMs: number): JudgedDelivery {
  const atMs = delivery.endMs ?? nowMs
  const diagnosis = diagnose(delivery, atMs)
  return { delivery, verdict: judgeDelivery(delivery, slo, atMs, diagnosis), diagnosis }
}
