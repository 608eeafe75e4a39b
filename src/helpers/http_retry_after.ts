/**
 * Milliseconds of a Retry-After header, seconds or a date
 * (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after); undefined where it is neither.
 * @param nowMs milliseconds since 1970, for a date
 */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}

/** As much of a page of text is worth a place in the log. */
const TEXT_LENGTH = 200

/** The beginning of a body of text on one line, for the log. */
export function shortText(body: Buffer): string {
  return body.toString().replace(/\s+/g, ' ').trim().slice(0, TEXT_LENGTH)
}
