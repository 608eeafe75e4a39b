import { OtlpError } from './otlp_error.ts'
import type { AnyValue, Exemplar, KeyValue } from './otlp_types.ts'

/** Collects what is wrong, each with its place in the request. */
export class Problems {
  readonly list: string[] = []

  /** Notes `problem` unless the rule holds. */
  expect(holds: boolean, path: string, problem: string): void {
    if (!holds) this.list.push(`${path}: ${problem}`)
  }

  /** Throws when anything was noted. */
  settle(): void {
    if (this.list.length > 0) throw new OtlpError(this.list)
  }
}

/** Checks a set of attributes: keys present and unique, values given. */
export function checkAttributes(problems: Problems, attributes: KeyValue[], path: string): void {
  attributes.forEach(({ key }, i) => problems.expect(key !== '', `${path}[${i}].key`, 'empty'))
  checkKeyValues(problems, attributes, path)
}

function checkKeyValues(problems: Problems, list: KeyValue[], path: string): void {
  const keys = new Set<string>()
  list.forEach(({ key, value }, i) => {
    problems.expect(!keys.has(key), `${path}[${i}].key`, `"${key}" is given twice`)
    problems.expect(value !== undefined, `${path}[${i}].value`, `missing for "${key}"`)
    keys.add(key)
    checkValue(problems, value, `${path}[${i}].value`)
  })
}

/** Checks an attribute's value, or the body of a log record. */
export function checkValue(problems: Problems, value: AnyValue | undefined, path: string): void {
  value?.arrayValue?.values.forEach((item, i) => checkValue(problems, item, `${path}[${i}]`))
  if (value?.kvlistValue) checkKeyValues(problems, value.kvlistValue.values, path)
}

function isZero(id: string): boolean {
  return /^0*$/.test(id)
}

/** Checks an id that must be there. */
export function checkId(problems: Problems, id: string, bytes: number, path: string): void {
  const length = id.length / 2
  problems.expect(length === bytes, path, `expected ${bytes} bytes, received ${length}`)
  problems.expect(length !== bytes || !isZero(id), path, 'all zero')
}

/** Checks the ids of a log record or an exemplar, which may be absent. */
export function checkContext(
  problems: Problems,
  { traceId, spanId }: Pick<Exemplar, 'traceId' | 'spanId'>,
  path: string,
): void {
  if (traceId !== '') checkId(problems, traceId, 16, `${path}.traceId`)
  if (spanId !== '') checkId(problems, spanId, 8, `${path}.spanId`)
  problems.expect(spanId === '' || traceId !== '', `${path}.spanId`, 'given without a trace id')
}
