import { createHash } from 'node:crypto'
import {
  type AttributeEditor,
  AttributeKey,
  encodedDouble,
  encodedValue,
} from '../pdata/attribute_editor.ts'
import type { AttributeValue } from '../pdata/attributes.ts'
import { ANY_VALUE } from '../pdata/otlp_attributes.ts'
import { valueText } from '../pdata/value_text.ts'
import type { ActionConfig } from './attribute_action_config.ts'
import { linearRegExp } from './linear_regexp.ts'

/** One action, ready to be done to one item after the other. */
export type AttributeAction = (attributes: AttributeEditor) => void

/** The configured actions, in their order, as one. */
export function actionsOf(configs: readonly ActionConfig[]): AttributeAction {
  const actions = configs.map(actionOf)
  return (attributes) => {
    for (const action of actions) action(attributes)
  }
}

function actionOf(config: ActionConfig): AttributeAction {
  switch (config.action) {
    case 'insert':
    case 'update':
    case 'upsert':
      return settingOf(config, config.action)
    case 'delete':
      return eachNamed(config, (attributes, i) => attributes.removeAt(i))
    case 'hash':
      return eachNamed(config, hashAt)
    case 'extract':
      return extractionOf(config)
    case 'convert':
      return conversionOf(config)
  }
}

function settingOf(config: ActionConfig, action: 'insert' | 'update' | 'upsert'): AttributeAction {
  const key = new AttributeKey(config.key)
  const source =
    config.from_attribute === undefined ? undefined : new AttributeKey(config.from_attribute)
  const fixed = config.value ?? config.default_value
  const value = fixed === undefined ? undefined : encodedValue(fixed)
  const fits = (attributes: AttributeEditor): boolean =>
    action === 'upsert' || attributes.find(key) >= 0 === (action === 'update')
  return (attributes) => {
    const from = source ? attributes.find(source) : -1
    if ((from < 0 && value === undefined) || !fits(attributes)) return
    if (from >= 0) attributes.setFrom(key, from)
    else attributes.set(key, value as Buffer)
  }
}

/** Does something to the attribute `key`, and to those whose names match `pattern`. */
function eachNamed(
  config: ActionConfig,
  change: (attributes: AttributeEditor, i: number) => void,
): AttributeAction {
  const key = config.key === '' ? undefined : new AttributeKey(config.key)
  const pattern = config.pattern === undefined ? undefined : linearRegExp(config.pattern)
  return (attributes) => {
    if (key) {
      for (let i = attributes.find(key); i >= 0; i = attributes.findNext(key, i)) {
        change(attributes, i)
      }
    }
    if (!pattern) return
    for (let i = 0; i < attributes.length; i++) {
      if (attributes.has(i) && pattern.test(attributes.key(i))) change(attributes, i)
    }
  }
}

function hashAt(attributes: AttributeEditor, i: number): void {
  attributes.setAt(i, encodedValue(hashOf(attributes, i)))
}

/** What the Collector hashes of a value, whose types beyond these it empties. */
function hashOf(attributes: AttributeEditor, i: number): string {
  const value = attributes.value(i)
  const bytes = hashedBytes(value, attributes.type(i) === ANY_VALUE.double)
  return bytes.length === 0 ? '' : createHash('sha256').update(bytes).digest('hex')
}

function hashedBytes(value: AttributeValue, isDouble: boolean): Uint8Array {
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0)
  if (value instanceof Uint8Array) return value
  if (typeof value !== 'number' && typeof value !== 'bigint') return Buffer.from(valueText(value))
  const bytes = Buffer.alloc(8)
  if (isDouble) bytes.writeDoubleLE(Number(value))
  else bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)))
  return bytes
}

function extractionOf(config: ActionConfig): AttributeAction {
  const key = new AttributeKey(config.key)
  const pattern = linearRegExp(config.pattern as string)
  const groups = Object.entries(pattern.namedGroups()).map(([name, group]) => ({
    target: new AttributeKey(name),
    group,
  }))
  return (attributes) => {
    const found = attributes.find(key)
    const text = found < 0 ? undefined : attributes.text(found)
    const match = text === undefined ? undefined : pattern.exec(text)
    if (!match) return
    // The groups are read before the first is set, which may be the attribute itself.
    for (const { target, group } of groups) {
      attributes.set(target, encodedValue(match[group] ?? ''))
    }
  }
}

function conversionOf(config: ActionConfig): AttributeAction {
  const key = new AttributeKey(config.key)
  const convert = CONVERSIONS[config.converted_type as keyof typeof CONVERSIONS]
  return (attributes) => {
    const i = attributes.find(key)
    if (i < 0) return
    const value = convert(attributes.value(i), attributes.type(i))
    if (value) attributes.setAt(i, value)
  }
}

/** Undefined where the value is of that type already, or cannot be: it stays as it is. */
type Convert = (value: AttributeValue, type: number) => Buffer | undefined

const CONVERSIONS: Readonly<Record<'string' | 'int' | 'double', Convert>> = {
  string: (value, type) => (type === ANY_VALUE.string ? undefined : encodedValue(valueText(value))),
  int: (value, type) => {
    const int = type === ANY_VALUE.int ? undefined : intOf(value)
    return int === undefined ? undefined : encodedValue(int)
  },
  double: (value, type) => {
    const double = type === ANY_VALUE.double ? undefined : doubleOf(value)
    return double === undefined ? undefined : encodedDouble(double)
  },
}

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

function intOf(value: AttributeValue): bigint | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'number')
    return Number.isFinite(value) ? inRange(BigInt(Math.trunc(value))) : undefined
  if (typeof value !== 'string' || !/^[+-]?\d{1,20}$/.test(value)) return undefined
  return inRange(BigInt(value.replace('+', '')))
}

function inRange(value: bigint): bigint | undefined {
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined
}

const NOT_FINITE: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-infinity': -Infinity,
}

function doubleOf(value: AttributeValue): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  if (typeof value !== 'string') return undefined
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) {
    const number = Number(value)
    return Number.isFinite(number) ? number : undefined
  }
  return NOT_FINITE[value.toLowerCase()]
}
