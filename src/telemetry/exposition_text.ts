/** A label's value between quotes: what would end it is escaped. */
export function escapeValue(text: string): string {
  if (!/[\\"\n]/.test(text)) return text
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** A HELP line's text in the format 0.0.4, where a quote stands for itself. */
export function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/** A value as Prometheus reads it. */
export function numberText(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}

/**
 * A bound as Go prints it (`%g`, shortest), so that `le` is the same text whoever exposes the metric:
 * Prometheus compared bounds as text up to version 2.
 */
export function boundText(bound: number): string {
  if (!Number.isFinite(bound) || bound === 0) return numberText(bound)
  const [digits, exponent] = bound.toExponential().split('e') as [string, string]
  const power = Number(exponent)
  if (power >= -4 && power < 6) return String(bound)
  const padded = String(Math.abs(power)).padStart(2, '0')
  return `${digits}e${power < 0 ? '-' : '+'}${padded}`
}

/** A bound as OpenMetrics wants it: never a bare integer. */
export function openMetricsBoundText(bound: number): string {
  const text = boundText(bound)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}
