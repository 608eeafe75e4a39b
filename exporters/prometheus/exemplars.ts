import type { Exemplar } from '../../src/pdata/metrics.ts'
import { attributeText, labelName } from './labels.ts'
import { escapeValue, numberText } from '../../src/telemetry/exposition_text.ts'

/** OpenMetrics 1.0, "Exemplars": names and values of the labels together, in characters. */
const MAX_CHARACTERS = 128

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
  return ` # {${labelsOf(exemplar)}} ${numberText(value)}${time}`
}

/** Attributes are left out when they would not fit beside the ids. */
function labelsOf({ traceId, spanId, attributes }: Exemplar): string {
  const labels = new Map<string, string>()
  let left = MAX_CHARACTERS
  const add = (name: string, value: string): void => {
    const characters = [...name].length + [...value].length
    if (value === '' || labels.has(name) || characters > left) return
    left -= characters
    labels.set(name, value)
  }
  add('trace_id', traceId)
  add('span_id', spanId)
  for (const [key, value] of Object.entries(attributes)) add(labelName(key), attributeText(value))
  return [...labels].map(([name, value]) => `${name}="${escapeValue(value)}"`).join(',')
}

/** Nanoseconds since 1970 as seconds, to the millisecond. */
export function secondsText(ns: bigint): string {
  return String(Number(ns / 1_000_000n) / 1_000)
}
