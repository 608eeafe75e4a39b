import {
  type AttributeEditor,
  AttributeKey,
  encodedValue,
} from '../../src/pdata/attribute_editor.ts'
import type { RedactionConfig } from './config.ts'

/** What happened to the attributes of an item, or to parts of a log record's body. */
export class Findings {
  readonly redacted: string[] = []
  readonly masked: string[] = []
  readonly allowed: string[] = []
  readonly ignored: string[] = []

  /** Forgets all. */
  clear(): void {
    this.redacted.length = this.masked.length = this.allowed.length = this.ignored.length = 0
  }
}

type Kind = Exclude<keyof Findings, 'clear'>

interface Names {
  readonly kind: Kind
  /** Undefined where names are never told. */
  readonly keys: AttributeKey | undefined
  readonly count: AttributeKey
}

const KINDS = ['redacted', 'masked', 'allowed', 'ignored'] as const

function namesFor(prefix: string): Names[] {
  return KINDS.map((kind) => ({
    kind,
    keys: kind === 'ignored' ? undefined : new AttributeKey(`${prefix}.${kind}.keys`),
    count: new AttributeKey(`${prefix}.${kind}.count`),
  }))
}

const OF_ATTRIBUTES = namesFor('redaction')
const OF_BODY = namesFor('redaction.body')

/** The attributes that this processor sets: another one behind it lets them through. */
export const SUMMARY_KEYS: readonly string[] = [...OF_ATTRIBUTES, ...OF_BODY].flatMap(
  ({ keys, count }) => [...(keys ? [keys.text] : []), count.text],
)

/** Tells in attributes what happened, beside what another redaction has told there before. */
export class Summary {
  readonly #level: RedactionConfig['summary']

  constructor(level: RedactionConfig['summary']) {
    this.#level = level
  }

  /** Of the attributes of an item. */
  ofAttributes(attributes: AttributeEditor, findings: Findings): void {
    this.#tell(attributes, findings, OF_ATTRIBUTES)
  }

  /** Of the body of a log record. */
  ofBody(attributes: AttributeEditor, findings: Findings): void {
    this.#tell(attributes, findings, OF_BODY)
  }

  #tell(attributes: AttributeEditor, findings: Findings, all: readonly Names[]): void {
    if (this.#level === 'silent') return
    for (const { kind, keys, count } of all) {
      const found = findings[kind]
      if (found.length === 0) continue
      if (keys && this.#level === 'debug') setNames(attributes, keys, found)
      setCount(attributes, count, found.length)
    }
  }
}

function setNames(attributes: AttributeEditor, key: AttributeKey, found: readonly string[]): void {
  const i = attributes.find(key)
  const before = i < 0 ? '' : (attributes.text(i) ?? '')
  const all = [...found, ...(before === '' ? [] : before.split(','))].toSorted()
  attributes.set(key, encodedValue(all.join(',')))
}

function setCount(attributes: AttributeEditor, key: AttributeKey, count: number): void {
  const i = attributes.find(key)
  const before = i < 0 ? 0 : attributes.value(i)
  attributes.set(key, encodedValue(count + (typeof before === 'number' ? before : 0)))
}
