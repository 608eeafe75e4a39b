import type { AttributeChanges } from './attributes.ts'
import { EncodedItems } from './encoded_items.ts'
import { EncodedLogList } from './encoded_logs.ts'
import { EncodedSpanList } from './encoded_spans.ts'
import { encodeRecords, LOG } from './otlp_logs.ts'
import type { LogList } from './logs.ts'
import { writeEdited } from './otlp_edit.ts'
import { SCOPE_GROUP_ITEMS } from './otlp_groups.ts'
import { encodeSpans, SPAN } from './otlp_traces.ts'
import { ProtoWriter } from './proto_writer.ts'
import type { SpanList } from './traces.ts'

/** What becomes of the attributes of item `i`; undefined where it stays as it is. */
export type EditOf = (i: number) => AttributeChanges | undefined

/**
 * A list of the same spans with other attributes. What is not named in the changes is copied, fields
 * that we do not know among it; the list itself comes back where nothing changes.
 */
export function editSpans(spans: SpanList, edit: EditOf): SpanList {
  const items = spans instanceof EncodedSpanList ? spans.items : encodedSpans(spans)
  const edited = editItems(items, SPAN.attributes, edit)
  return edited === items ? spans : new EncodedSpanList(edited)
}

/** As `editSpans`, for log records. */
export function editLogs(logs: LogList, edit: EditOf): LogList {
  const items = logs instanceof EncodedLogList ? logs.items : encodedLogs(logs)
  const edited = editItems(items, LOG.attributes, edit)
  return edited === items ? logs : new EncodedLogList(edited)
}

/** The spans of a list as bytes. */
export function encodedSpans(spans: SpanList): EncodedItems {
  const out = new ProtoWriter()
  encodeSpans(spans, out)
  return piece(out, spans.length)
}

/** The log records of a list as bytes. */
export function encodedLogs(logs: LogList): EncodedItems {
  const out = new ProtoWriter()
  encodeRecords(logs, out)
  return piece(out, logs.length)
}

function piece(out: ProtoWriter, length: number): EncodedItems {
  return EncodedItems.inOnePiece(out.buffer, out.pos, out.buffer.length, length)
}

function editItems(items: EncodedItems, field: number, edit: EditOf): EncodedItems {
  const edits = Array.from({ length: items.length }, (_, i) => edit(i))
  if (edits.every((one) => one === undefined)) return items
  const out = new ProtoWriter(items.byteLength + 1024)
  for (let i = items.length - 1; i >= 0; i--) {
    const mark = out.mark()
    const changes = edits[i]
    if (changes) writeEdited(items.bytes, items.start(i), items.end(i), field, changes, out)
    else items.write(i, out)
    out.message(SCOPE_GROUP_ITEMS, mark)
  }
  return piece(out, items.length)
}
