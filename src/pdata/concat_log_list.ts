import type { AttributeValue } from './attributes.ts'
import { listBytes } from './list_size.ts'
import type { LogList, LogRecord } from './logs.ts'
import { encodeRecords } from './otlp_logs.ts'
import type { ProtoWriter } from './proto_writer.ts'

/** Several lists read as one, nothing copied; as `ConcatSpanList`. */
export class ConcatLogList implements LogList {
  readonly length: number
  readonly #lists: readonly LogList[]
  /** `#starts[n]` is the index of the first record of `#lists[n]`; one more entry stands for the end. */
  readonly #starts: readonly number[]
  #last = 0

  /** @param lists none of them empty */
  constructor(lists: readonly LogList[]) {
    const starts = [0]
    for (const list of lists) starts.push((starts.at(-1) as number) + list.length)
    this.#lists = lists
    this.#starts = starts
    this.length = starts.at(-1) as number
  }

  /** One list for several: the list itself where there is only one. */
  static of(lists: readonly LogList[]): LogList {
    return lists.length === 1 ? (lists[0] as LogList) : new ConcatLogList(lists)
  }

  /** The list that holds record `i`, which `#offset` then counts within. */
  #listOf(i: number): LogList {
    const starts = this.#starts
    let n = this.#last
    while (i < (starts[n] as number)) n--
    while (i >= (starts[n + 1] as number)) n++
    this.#last = n
    return this.#lists[n] as LogList
  }

  #offset(i: number): number {
    return i - (this.#starts[this.#last] as number)
  }

  at(i: number): LogRecord {
    return this.#listOf(i).at(this.#offset(i))
  }

  encode(i: number, out: ProtoWriter): void {
    this.#listOf(i).encode(this.#offset(i), out)
  }

  encodeAll(out: ProtoWriter): void {
    for (let n = this.#lists.length - 1; n >= 0; n--) encodeRecords(this.#lists[n] as LogList, out)
  }

  /** Bytes of the records in `ScopeLogs`. */
  get byteLength(): number {
    return this.#lists.reduce((sum, list) => sum + listBytes(list), 0)
  }

  timeNs(i: number): bigint {
    return this.#listOf(i).timeNs(this.#offset(i))
  }

  observedNs(i: number): bigint {
    return this.#listOf(i).observedNs(this.#offset(i))
  }

  severity(i: number): number {
    return this.#listOf(i).severity(this.#offset(i))
  }

  severityText(i: number): string {
    return this.#listOf(i).severityText(this.#offset(i))
  }

  body(i: number): AttributeValue {
    return this.#listOf(i).body(this.#offset(i))
  }

  attribute(i: number, key: string): AttributeValue | undefined {
    return this.#listOf(i).attribute(this.#offset(i), key)
  }

  flags(i: number): number {
    return this.#listOf(i).flags(this.#offset(i))
  }

  traceId(i: number): string {
    return this.#listOf(i).traceId(this.#offset(i))
  }

  spanId(i: number): string {
    return this.#listOf(i).spanId(this.#offset(i))
  }

  eventName(i: number): string {
    return this.#listOf(i).eventName(this.#offset(i))
  }

  slice(from: number, to: number): LogList {
    const parts: LogList[] = []
    this.#lists.forEach((list, n) => {
      const start = this.#starts[n] as number
      const first = Math.max(0, from - start)
      const end = Math.min(list.length, to - start)
      if (first < end) parts.push(list.slice(first, end))
    })
    return new ConcatLogList(parts)
  }
}
