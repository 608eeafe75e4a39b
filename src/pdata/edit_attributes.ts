import { AttributeEditor } from './attribute_editor.ts'
import type { EncodedItems } from './encoded_items.ts'
import { EncodedLogList } from './encoded_logs.ts'
import { EncodedMetric, EncodedMetricGroup } from './encoded_metrics.ts'
import { EncodedSpanList } from './encoded_spans.ts'
import { itemsIn, logItems, metricItems, spanItems } from './item_bytes.ts'
import type { LogList } from './logs.ts'
import type { MetricData, MetricGroup } from './metrics.ts'
import { SCOPE_GROUP_ITEMS } from './otlp_groups.ts'
import { LOG } from './otlp_logs.ts'
import { EXPONENTIAL, HISTOGRAM, NUMBER, SUMMARY } from './otlp_metrics.ts'
import { EVENT, LINK, SPAN } from './otlp_traces.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import { ProtoWriter } from './proto_writer.ts'
import type { SpanList } from './traces.ts'

/*
 * Other attributes for the items of a list. Each function makes a new list where something changes,
 * since others may have the old one, and gives the old one back where nothing does. What nobody
 * touches is copied as bytes, fields that we do not know among it. Items are visited last to first,
 * because that is how they are written.
 */

/** Changes the attributes of item `i`, or leaves them. The editor stands for the item during the call. */
export type EditItem = (attributes: AttributeEditor, i: number) => void

/** A list of the same spans with other attributes. */
export function editSpanAttributes(spans: SpanList, edit: EditItem): SpanList {
  const items = spanItems(spans)
  const edited = rewriteItems(items, attributesOf(items, SPAN.attributes, edit))
  return edited === items ? spans : new EncodedSpanList(edited)
}

/** A list of the same log records with other attributes. */
export function editLogAttributes(logs: LogList, edit: EditItem): LogList {
  const items = logItems(logs)
  const edited = rewriteItems(items, attributesOf(items, LOG.attributes, edit))
  return edited === items ? logs : new EncodedLogList(edited)
}

/** Where spans have attributes beside their own. */
const INNER = {
  events: { field: SPAN.events, attributes: EVENT.attributes },
  links: { field: SPAN.links, attributes: LINK.attributes },
} as const

/** A list of the same spans whose events or links have other attributes; `i` is the number of the span. */
export function editInnerAttributes(
  spans: SpanList,
  where: keyof typeof INNER,
  edit: EditItem,
): SpanList {
  const items = spanItems(spans)
  const attributes = new AttributeEditor()
  const inner = INNER[where]
  const edited = rewriteItems(items, (i, out) => {
    const places = placesIn(items.bytes, items.start(i), items.end(i), inner.field)
    return places.length > 0 && writeInner(items, i, places, inner, attributes, edit, out)
  })
  return edited === items ? spans : new EncodedSpanList(edited)
}

/** The field of the attributes in data points of each type. */
export const POINT_ATTRIBUTES: Readonly<Record<MetricData['type'], number>> = {
  gauge: NUMBER.attributes,
  sum: NUMBER.attributes,
  histogram: HISTOGRAM.attributes,
  exponential_histogram: EXPONENTIAL.attributes,
  summary: SUMMARY.attributes,
}

/** The same metrics; the data points of those that are `wanted` have other attributes. */
export function editPointAttributes(
  group: MetricGroup,
  edit: (attributes: AttributeEditor) => void,
  wanted: (metric: EncodedMetric) => boolean = () => true,
): MetricGroup {
  const items = metricItems(group)
  const attributes = new AttributeEditor()
  const edited = rewriteItems(items, (i, out) => {
    const metric = new EncodedMetric(items.bytes, items.start(i), items.end(i))
    if (!wanted(metric)) return false
    const field = POINT_ATTRIBUTES[metric.type]
    let changed = false
    metric.rewrite((from, to, into) => {
      edit(attributes.over(items.bytes, from, to, field))
      attributes.write(into)
      changed ||= attributes.changed
    }, out)
    return changed
  })
  if (edited === items) return group
  return new EncodedMetricGroup(group.resource, group.scope, edited)
}

/** Writes item `i` as it is to be; false where that is as it was. What it wrote then is taken back. */
export type WriteItem = (i: number, out: ProtoWriter) => boolean

/** Items that `write` writes, the same ones where it changes none. */
export function rewriteItems(items: EncodedItems, write: WriteItem): EncodedItems {
  const { length } = items
  let out: ProtoWriter | undefined
  for (let i = length - 1; i >= 0; i--) {
    const writer = out ?? emptied(scratch)
    const before = writer.length
    const mark = writer.mark()
    if (!write(i, writer)) {
      writer.pos = writer.buffer.length - before
      if (!out) continue
      items.write(i, out)
    } else if (!out) {
      // The first one that changes: those behind it come as they are.
      out = behind(items, i, writer)
      continue
    }
    writer.message(SCOPE_GROUP_ITEMS, mark)
  }
  return out ? itemsIn(out, length) : items
}

/** What an item is tried out in while none has changed; a list that does not change costs no memory. */
const scratch = new ProtoWriter()

function emptied(writer: ProtoWriter): ProtoWriter {
  writer.reset()
  return writer
}

function behind(items: EncodedItems, i: number, item: ProtoWriter): ProtoWriter {
  const out = new ProtoWriter(items.byteLength + 64 * items.length + 1024)
  items.slice(i + 1, items.length).writeAll(out)
  const mark = out.mark()
  out.rawSlice(item.buffer, item.pos, item.length)
  out.message(SCOPE_GROUP_ITEMS, mark)
  return out
}

function attributesOf(items: EncodedItems, field: number, edit: EditItem): WriteItem {
  const attributes = new AttributeEditor()
  return (i, out) => {
    edit(attributes.over(items.bytes, items.start(i), items.end(i), field), i)
    if (!attributes.changed) return false
    attributes.write(out)
    return true
  }
}

/** Writes span `i` with edited events or links. */
function writeInner(
  items: EncodedItems,
  i: number,
  places: readonly number[],
  inner: (typeof INNER)[keyof typeof INNER],
  attributes: AttributeEditor,
  edit: EditItem,
  out: ProtoWriter,
): boolean {
  const { bytes } = items
  const from = items.start(i)
  let changed = false
  let end = items.end(i)
  for (let n = places.length - 3; n >= 0; n -= 3) {
    const to = places[n + 2] as number
    out.rawSlice(bytes, to, end - to)
    const mark = out.mark()
    edit(attributes.over(bytes, places[n + 1] as number, to, inner.attributes), i)
    attributes.write(out)
    out.message(inner.field, mark)
    changed ||= attributes.changed
    end = places[n] as number
  }
  out.rawSlice(bytes, from, end - from)
  return changed
}

const spanFields = new ProtoReader()
const NO_PLACES: readonly number[] = []

/** Of each message in a field: where the field begins, where its own fields begin, where both end. */
function placesIn(bytes: Buffer, from: number, to: number, field: number): readonly number[] {
  const reader = spanFields.over(bytes, from, to)
  let places: number[] | undefined
  while (reader.next()) {
    if (reader.field !== field || reader.wire !== WIRE.bytes) continue
    places ??= []
    places.push(reader.at, reader.from, reader.to)
  }
  return places ?? NO_PLACES
}
