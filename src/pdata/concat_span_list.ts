import type { AttributeValue } from './attributes.ts'
import type { HttpSpan } from './http_span.ts'
import { listBytes } from './list_size.ts'
import { encodeSpan, encodeSpans } from './otlp_traces.ts'
import type { ProtoWriter } from './proto_writer.ts'
import type { Span, SpanKind, SpanList, StatusCode } from './traces.ts'

/**
 * Several lists read as one, nothing copied. Reading in either direction costs a comparison for each
 * span; jumping about costs a step for each list in between.
 */
export class ConcatSpanList implements SpanList {
  readonly length: number
  /** The lists, one behind the other. */
  readonly lists: readonly SpanList[]
  /** `#starts[n]` is the index of the first span of `lists[n]`; one more entry stands for the end. */
  readonly #starts: readonly number[]
  #last = 0

  /** @param lists none of them empty */
  constructor(lists: readonly SpanList[]) {
    const starts = [0]
    for (const list of lists) starts.push((starts.at(-1) as number) + list.length)
    this.lists = lists
    this.#starts = starts
    this.length = starts.at(-1) as number
  }

  /** One list for several: the list itself where there is only one. */
  static of(lists: readonly SpanList[]): SpanList {
    return lists.length === 1 ? (lists[0] as SpanList) : new ConcatSpanList(lists)
  }

  /** The list that holds span `i`, which `#offset` then counts within. */
  #listOf(i: number): SpanList {
    const starts = this.#starts
    let n = this.#last
    while (i < (starts[n] as number)) n--
    while (i >= (starts[n + 1] as number)) n++
    this.#last = n
    return this.lists[n] as SpanList
  }

  #offset(i: number): number {
    return i - (this.#starts[this.#last] as number)
  }

  at(i: number): Span {
    return this.#listOf(i).at(this.#offset(i))
  }

  encode(i: number, out: ProtoWriter): void {
    this.#listOf(i).encode(this.#offset(i), out)
  }

  encodeWithState(i: number, traceState: string, out: ProtoWriter): void {
    const list = this.#listOf(i)
    const n = this.#offset(i)
    if (list.encodeWithState) list.encodeWithState(n, traceState, out)
    else encodeSpan({ ...list.at(n), traceState }, out)
  }

  encodeAll(out: ProtoWriter): void {
    for (let n = this.lists.length - 1; n >= 0; n--) encodeSpans(this.lists[n] as SpanList, out)
  }

  /** Bytes of the spans in `ScopeSpans`. */
  get byteLength(): number {
    return this.lists.reduce((sum, list) => sum + listBytes(list), 0)
  }

  name(i: number): string {
    return this.#listOf(i).name(this.#offset(i))
  }

  kind(i: number): SpanKind {
    return this.#listOf(i).kind(this.#offset(i))
  }

  status(i: number): StatusCode {
    return this.#listOf(i).status(this.#offset(i))
  }

  startMs(i: number): number {
    return this.#listOf(i).startMs(this.#offset(i))
  }

  durationNs(i: number): number {
    return this.#listOf(i).durationNs(this.#offset(i))
  }

  attribute(i: number, key: string): AttributeValue | undefined {
    return this.#listOf(i).attribute(this.#offset(i), key)
  }

  http(i: number): HttpSpan | undefined {
    return this.#listOf(i).http?.(this.#offset(i))
  }

  randomness(i: number): number {
    return this.#listOf(i).randomness(this.#offset(i))
  }

  traceState(i: number): string {
    return this.#listOf(i).traceState(this.#offset(i))
  }

  upstreamThreshold(i: number): string {
    return this.#listOf(i).upstreamThreshold?.(this.#offset(i)) ?? ''
  }

  sampledUpstream(i: number): boolean {
    return this.#listOf(i).sampledUpstream(this.#offset(i))
  }

  slice(from: number, to: number): SpanList {
    const parts: SpanList[] = []
    this.lists.forEach((list, n) => {
      const start = this.#starts[n] as number
      const first = Math.max(0, from - start)
      const end = Math.min(list.length, to - start)
      if (first < end) parts.push(list.slice(first, end))
    })
    return new ConcatSpanList(parts)
  }
}
