import { OttlError } from './errors.ts'
import { Duration, floatOf, Instant, intOf, isInt, numberOf, typeOf, type Value } from './values.ts'

/** What an operator of a sum or product makes of two values. Throws OttlError. */
export function calculate(operator: string, a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const exact = small(operator, a, b)
    if (exact !== undefined) return exact
  }
  if (isInt(a) && isInt(b)) return ints(operator, BigInt(a), BigInt(b))
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== undefined && right !== undefined) return floats(operator, left, right)
  return times(operator, a, b) ?? fail(operator, a, b)
}

/** The result where both are int64 and it is exact as a number. */
function small(operator: string, a: number, b: number): number | undefined {
  if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return undefined
  const result =
    operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : NaN
  return Number.isSafeInteger(result) ? result + 0 : undefined
}

/** Overflow wraps around, and a quotient is cut off towards zero, as in Go. */
function ints(operator: string, a: bigint, b: bigint): Value {
  switch (operator) {
    case '+':
      return intOf(a + b)
    case '-':
      return intOf(a - b)
    case '*':
      return intOf(a * b)
    default:
      if (b === 0n) throw new OttlError('division by zero')
      return intOf(a / b)
  }
}

function floats(operator: string, a: number, b: number): Value {
  switch (operator) {
    case '+':
      return floatOf(a + b)
    case '-':
      return floatOf(a - b)
    case '*':
      return floatOf(a * b)
    default:
      if (b === 0) throw new OttlError('division by zero')
      return floatOf(a / b)
  }
}

function times(operator: string, a: Value, b: Value): Value | undefined {
  if (operator === '+') {
    if (a instanceof Instant && b instanceof Duration) return new Instant(a.ns + b.ns)
    if (a instanceof Duration && b instanceof Instant) return new Instant(a.ns + b.ns)
    if (a instanceof Duration && b instanceof Duration) return new Duration(a.ns + b.ns)
  }
  if (operator === '-') {
    if (a instanceof Instant && b instanceof Instant) return new Duration(a.ns - b.ns)
    if (a instanceof Instant && b instanceof Duration) return new Instant(a.ns - b.ns)
    if (a instanceof Duration && b instanceof Duration) return new Duration(a.ns - b.ns)
  }
  return undefined
}

function fail(operator: string, a: Value, b: Value): never {
  throw new OttlError(`${typeOf(a)} ${operator} ${typeOf(b)} has no value`)
}
