import { RANDOM_BITS } from '../../src/pdata/trace_state.ts'

/** Which traces are kept: those whose randomness is at least `value`. */
export interface Threshold {
  /** From 0, which keeps all, to 2^RANDOM_BITS, which keeps none. */
  readonly value: number
  /** The same as `th` of a trace state. It says nothing where none is kept. */
  readonly th: string
}

/** Significant hex digits: the default of OpenTelemetry's SDKs and of its Collector. */
const PRECISION = 4
const MAX_DIGITS = RANDOM_BITS / 4

/**
 * The threshold that keeps a share of all traces, from 0 to 100, rounded as the specification rounds
 * it, so that a Collector with the same share keeps the same traces.
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#algorithms
 */
export function thresholdOf(percentage: number): Threshold {
  const probability = percentage / 100
  if (probability === 0) return { value: 2 ** RANDOM_BITS, th: '' }
  const digits = digitsFor(probability)
  const rejected = Math.round((1 - probability) * 16 ** digits)
  const text = rejected.toString(16).padStart(digits, '0')
  const value = Number.parseInt(text.padEnd(MAX_DIGITS, '0'), 16)
  return { value, th: text.replace(/0+$/, '') || '0' }
}

/** The lower of two thresholds, hex digits as in a trace state; one that is empty is none. */
export function lower(a: string, b: string): string {
  if (a === '' || b === '') return a || b
  return a.toLowerCase().padEnd(14, '0') < b.toLowerCase().padEnd(14, '0') ? a : b
}

/** Each leading `f` of the threshold of a small share is a digit more. */
function digitsFor(probability: number): number {
  const exponent = Math.floor(Math.log2(probability)) + 1
  return Math.min(MAX_DIGITS, PRECISION + Math.floor(-exponent / 4))
}
