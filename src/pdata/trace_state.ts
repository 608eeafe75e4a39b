/*
 * What OpenTelemetry keeps in a trace's state (W3C `tracestate`), under the key `ot`:
 *
 *     ot=th:c;rv:9b8233f7e3a151,vendor=x
 *
 * `th`, the rejection threshold: traces whose randomness is below it were left out. 1 to 14 hex
 * digits, the first ones of 56 bits. `rv`: a trace's randomness where it is not the last 56 bits of
 * its id. https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/
 */

/**
 * How many of a trace's 56 random bits are looked at. A threshold of so many bits divides the same
 * traces as one of 56 bits that ends in zeros; 28 bits are a number that V8 never allocates.
 */
export const RANDOM_BITS = 28

const DIGITS = RANDOM_BITS / 4
/** Where the last 56 bits begin in the 32 digits of a trace id. */
const RANDOM_START = 18
/** Members that a trace state may have (W3C Trace Context section 3.3.1.1). */
const MAX_MEMBERS = 32

const RANDOMNESS = /^rv:([0-9a-f]{14})$/i
const THRESHOLD = /^th:([0-9a-f]{1,14})$/i

/**
 * The first `RANDOM_BITS` of a trace's randomness: of its `rv`, else of its id (32 hex digits); 0 for a
 * trace without an id.
 */
export function randomnessOf(traceId: string, traceState: string): number {
  const explicit = traceState === '' ? undefined : fieldOf(traceState, RANDOMNESS)?.slice(0, DIGITS)
  return Number.parseInt(explicit ?? traceId.slice(RANDOM_START, RANDOM_START + DIGITS), 16) || 0
}

/**
 * A trace state whose threshold is at least `th`. A higher one stays, because what it left out does
 * not come back. What else is in the trace state stays too.
 */
export function withThreshold(traceState: string, th: string): string {
  const known = fieldOf(traceState, THRESHOLD)
  if (known !== undefined && padded(known) >= padded(th)) return traceState
  const members = membersOf(traceState)
  const others = otFields(members).filter((field) => !field.startsWith('th:'))
  const ours = `ot=${[`th:${th}`, ...others].join(';')}`
  // W3C: a member that is changed moves to the front, and the last one makes room for it.
  return [ours, ...members.filter(notOt)].slice(0, MAX_MEMBERS).join(',')
}

/** The threshold in a trace state, or empty. */
export function thresholdIn(traceState: string): string {
  return traceState === '' ? '' : (fieldOf(traceState, THRESHOLD) ?? '')
}

/** A trace state without its threshold: for spans that whoever set it has not left out. */
export function withoutThreshold(traceState: string): string {
  const members = membersOf(traceState)
  const fields = otFields(members)
  const others = fields.filter((field) => !field.startsWith('th:'))
  if (others.length === fields.length) return traceState
  const ours = others.length === 0 ? '' : `ot=${others.join(';')}`
  return members
    .map((member) => (notOt(member) ? member : ours))
    .filter((member) => member !== '')
    .join(',')
}

function fieldOf(traceState: string, pattern: RegExp): string | undefined {
  for (const field of otFields(membersOf(traceState))) {
    const match = pattern.exec(field)
    if (match) return match[1]
  }
  return undefined
}

function membersOf(traceState: string): string[] {
  const members = traceState.split(',').map((member) => member.trim())
  return members.filter((member) => member !== '')
}

function otFields(members: readonly string[]): string[] {
  return (
    members
      .find((member) => !notOt(member))
      ?.slice('ot='.length)
      .split(';') ?? []
  )
}

function notOt(member: string): boolean {
  return !member.startsWith('ot=')
}

function padded(th: string): string {
  return th.toLowerCase().padEnd(14, '0')
}
