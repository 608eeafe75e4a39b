import { ConcatSpanList } from './concat_span_list.ts'
import type { EncodedItems } from './encoded_items.ts'
import { EncodedSpanList } from './encoded_spans.ts'
import { itemsIn } from './item_bytes.ts'
import { encodeSpans } from './otlp_traces.ts'
import { ProtoWriter } from './proto_writer.ts'
import type { SpanList } from './traces.ts'

/**
 * Spans as bytes for those who read many fields of every span: received ones where they stand, others
 * encoded into memory that is used again for the next list.
 */
export class EncodedPieces {
  #out = new ProtoWriter()

  /** Calls `read` with the spans of a list, in their order; what it gets is valid until it returns. */
  each(spans: SpanList, read: (items: EncodedItems, list: SpanList) => void): void {
    if (spans instanceof ConcatSpanList) {
      for (const list of spans.lists) this.each(list, read)
    } else if (spans instanceof EncodedSpanList) read(spans.items, spans)
    else read(this.#encode(spans), spans)
  }

  #encode(spans: SpanList): EncodedItems {
    const out = this.#out
    out.reset()
    encodeSpans(spans, out)
    return itemsIn(out, spans.length)
  }
}
