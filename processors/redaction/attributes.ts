import { type AttributeEditor, encodedValue, typeOf } from '../../src/pdata/attribute_editor.ts'
import { editValue, type ValueEdit } from '../../src/pdata/edit_value.ts'
import { decodeAnyValue } from '../../src/pdata/otlp_any_value.ts'
import { ANY_VALUE } from '../../src/pdata/otlp_attributes.ts'
import { valueText } from '../../src/pdata/value_text.ts'
import type { Rules } from './rules.ts'
import { Findings, type Summary } from './summary.ts'

/** Redacts the attributes of one item after the other, of whatever they are attributes. */
export class AttributeRedaction {
  readonly #rules: Rules
  readonly #summary: Summary
  readonly #findings = new Findings()
  readonly #inner: ValueEdit

  constructor(rules: Rules, summary: Summary) {
    this.#rules = rules
    this.#summary = summary
    this.#inner = innerTexts(rules)
  }

  /** Those of the item under the editor. */
  readonly redact = (attributes: AttributeEditor): void => {
    const findings = this.#findings
    findings.clear()
    const { length } = attributes
    for (let i = 0; i < length; i++) if (attributes.has(i)) this.#attribute(attributes, i)
    this.#summary.ofAttributes(attributes, findings)
  }

  #attribute(attributes: AttributeEditor, i: number): void {
    const key = attributes.key(i)
    const verdict = this.#rules.ofKey(key)
    if (verdict === 'ignore') this.#findings.ignored.push(key)
    else if (verdict === 'remove') {
      attributes.removeAt(i)
      this.#findings.redacted.push(key)
    } else this.#value(attributes, i, key, verdict === 'mask')
  }

  #value(attributes: AttributeEditor, i: number, key: string, isMasked: boolean): void {
    const rules = this.#rules
    const text = rules.allTypes ? valueText(attributes.value(i)) : attributes.text(i)
    if (rules.isAllowed(text ?? '')) return void this.#findings.allowed.push(key)
    const masked = isMasked
      ? encodedValue(rules.masked(text ?? valueText(attributes.value(i))))
      : this.#cleaned(attributes, i, text)
    if (!masked) return
    attributes.setAt(i, masked)
    this.#findings.masked.push(key)
  }

  /** The value without what is blocked; undefined where nothing is. */
  #cleaned(attributes: AttributeEditor, i: number, text: string | undefined): Buffer | undefined {
    if (text !== undefined) {
      const clean = this.#rules.cleaned(text)
      return clean === text ? undefined : encodedValue(clean)
    }
    const type = attributes.type(i)
    if (type !== ANY_VALUE.array && type !== ANY_VALUE.kvlist) return undefined
    const bytes = attributes.encoded(i)
    return editValue(bytes, 0, bytes.length, this.#inner)
  }
}

/** Masks texts in lists and maps, and what blocked keys of maps hold. */
function innerTexts(rules: Rules): ValueEdit {
  return {
    entry: (key, _path, bytes, from, to) => {
      const verdict = rules.ofInnerKey(key)
      if (verdict === 'ignore') return 'keep'
      if (verdict === 'look') return 'look'
      const text = valueText(decodeAnyValue(bytes, from, to))
      return rules.isAllowed(text) ? 'keep' : encodedValue(rules.masked(text))
    },
    leaf: (_path, bytes, from, to) => {
      if (typeOf(bytes, from, to) !== ANY_VALUE.string) return undefined
      const text = decodeAnyValue(bytes, from, to) as string
      if (rules.isAllowed(text)) return undefined
      const clean = rules.cleaned(text)
      return clean === text ? undefined : encodedValue(clean)
    },
    tooDeep: () => {},
  }
}
