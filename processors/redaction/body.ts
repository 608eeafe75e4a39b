import { encodedValue, typeOf } from '../../src/pdata/attribute_editor.ts'
import { rewriteItems } from '../../src/pdata/edit_attributes.ts'
import { editValue, type ValueEdit } from '../../src/pdata/edit_value.ts'
import type { EncodedItems } from '../../src/pdata/encoded_items.ts'
import { EncodedLogList } from '../../src/pdata/encoded_logs.ts'
import { logItems } from '../../src/pdata/item_bytes.ts'
import type { LogList } from '../../src/pdata/logs.ts'
import { decodeAnyValue } from '../../src/pdata/otlp_any_value.ts'
import { ANY_VALUE } from '../../src/pdata/otlp_attributes.ts'
import { LOG } from '../../src/pdata/otlp_logs.ts'
import { ProtoReader, WIRE } from '../../src/pdata/proto_reader.ts'
import type { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { valueText } from '../../src/pdata/value_text.ts'
import type { Rules } from './rules.ts'
import { Findings } from './summary.ts'

/** Log records with redacted bodies, and what happened to each. */
export interface RedactedBodies {
  readonly logs: LogList
  readonly findings: ReadonlyMap<number, Findings>
}

/** Redacts the bodies of log records: in maps by their keys, elsewhere by their values of all types. */
export class BodyRedaction {
  readonly #rules: Rules
  readonly #reader = new ProtoReader()

  constructor(rules: Rules) {
    this.#rules = rules
  }

  redact(logs: LogList): RedactedBodies {
    const items = logItems(logs)
    const findings = new Map<number, Findings>()
    const edited = rewriteItems(items, (i, out) => this.#item(items, i, findings, out))
    return { logs: edited === items ? logs : new EncodedLogList(edited), findings }
  }

  #item(items: EncodedItems, i: number, all: Map<number, Findings>, out: ProtoWriter): boolean {
    const { bytes } = items
    const from = items.start(i)
    const to = items.end(i)
    const findings = new Findings()
    const changes = this.#changes(bytes, from, to, findings)
    all.set(i, findings)
    if (changes.length === 0) return false
    let end = to
    for (const change of changes.toReversed()) {
      out.rawSlice(bytes, change.to, end - change.to)
      out.bytes(LOG.body, change.value)
      end = change.at
    }
    out.rawSlice(bytes, from, end - from)
    return true
  }

  #changes(bytes: Buffer, from: number, to: number, findings: Findings): Change[] {
    const changes: Change[] = []
    const reader = this.#reader.over(bytes, from, to)
    while (reader.next()) {
      if (reader.field !== LOG.body || reader.wire !== WIRE.bytes) continue
      const value = this.#body(bytes, reader.from, reader.to, findings)
      if (value) changes.push({ at: reader.at, to: reader.to, value })
    }
    return changes
  }

  #body(bytes: Buffer, from: number, to: number, findings: Findings): Buffer | undefined {
    const type = typeOf(bytes, from, to)
    const isWhole = type !== ANY_VALUE.array && type !== ANY_VALUE.kvlist
    return editValue(bytes, from, to, bodyEdit(this.#rules, findings, isWhole))
  }
}

interface Change {
  readonly at: number
  readonly to: number
  readonly value: Buffer
}

function bodyEdit(rules: Rules, findings: Findings, isWhole: boolean): ValueEdit {
  return {
    entry: (key, path, bytes, from, to) => {
      const verdict = rules.ofKey(key)
      if (verdict === 'look') return 'look'
      if (verdict === 'ignore') {
        findings.ignored.push(path)
        return 'keep'
      }
      if (verdict === 'remove') {
        findings.redacted.push(path)
        return 'remove'
      }
      findings.masked.push(path)
      return encodedValue(rules.masked(valueText(decodeAnyValue(bytes, from, to))))
    },
    leaf: (path, bytes, from, to) => {
      const text = valueText(decodeAnyValue(bytes, from, to))
      if (rules.isAllowed(text)) {
        // As in the Collector, a body that is allowed as a whole is not told of.
        if (!isWhole) findings.allowed.push(path)
        return undefined
      }
      const clean = rules.cleaned(text)
      if (clean === text) return undefined
      findings.masked.push(isWhole ? 'body' : path)
      return encodedValue(clean)
    },
    tooDeep: (path) => findings.redacted.push(path),
  }
}
