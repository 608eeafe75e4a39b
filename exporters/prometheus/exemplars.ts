import type { Exemplar } from '../../src/pdata/metrics.ts'
import { exemplarPairs } from '../../src/helpers/prometheus_exemplars.ts'
import { pairsText } from '../../src/helpers/prometheus_labels.ts'
import { numberText } from '../../src/telemetry/exposition_text.ts'

/** The latest of some exemplars whose value lies above `low` and at or below `high`. */
export function latestExemplar(
  exemplars: readonly Exemplar[],
  low = -Infinity,
  high = Infinity,
): Exemplar | undefined {
  let latest: Exemplar | undefined
  for (const exemplar of exemplars) {
    if (!(exemplar.value > low || low === -Infinity) || !(exemplar.value <= high)) continue
    if (!latest || exemplar.timeNs >= latest.timeNs) latest = exemplar
  }
  return latest
}

/** What stands behind a sample in OpenMetrics, ` # {trace_id="…"} 0.25 1790000000.123`; empty for none. */
export function exemplarText(exemplar: Exemplar | undefined): string {
  if (!exemplar) return ''
  const { value, timeNs } = exemplar
  const time = timeNs === 0n ? '' : ` ${secondsText(timeNs)}`
  return ` # {${pairsText(exemplarPairs(exemplar))}} ${numberText(value)}${time}`
}

/** Nanoseconds since 1970 as seconds, to the millisecond. */
export function secondsText(ns: bigint): string {
  return String(Number(ns / 1_000_000n) / 1_000)
}
