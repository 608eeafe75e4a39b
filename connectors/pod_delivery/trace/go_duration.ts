const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

const WHOLE = /^(?:[0-9.]+(?:ns|us|µs|μs|ms|s|m|h))+$/
const PART = /([0-9.]+)(ns|us|µs|μs|ms|s|m|h)/g

/** A duration as Go writes it, `1m2.5s`, in milliseconds; undefined for what is none. */
export function goDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined
  let ms = 0
  for (const [, digits, unit] of text.matchAll(PART)) ms += Number(digits) * (UNITS[unit!] ?? 0)
  return Number.isFinite(ms) ? ms : undefined
}
