import type { Attributes } from './attributes.ts'
import type { EncodedItems } from './encoded_items.ts'
import type { Metric, MetricData, MetricGroup, Point, Temporality } from './metrics.ts'
import { decodeAttributes } from './otlp_any_value.ts'
import { DATA, METRIC, METRIC_DATA } from './otlp_metrics.ts'
import {
  decodeExponentialPoint,
  decodeHistogramPoint,
  decodeNumberPoint,
  type DecodePoint,
  decodeSummaryPoint,
} from './otlp_point.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import { ProtoWriter } from './proto_writer.ts'
import type { Resource, Scope } from './resource.ts'

/** Metrics of one resource and scope over the bytes of a request. */
export class EncodedMetricGroup implements MetricGroup {
  readonly resource: Resource
  readonly scope: Scope
  readonly items: EncodedItems
  #metrics: readonly EncodedMetric[] | undefined

  constructor(resource: Resource, scope: Scope, items: EncodedItems) {
    this.resource = resource
    this.scope = scope
    this.items = items
  }

  get metrics(): readonly EncodedMetric[] {
    return (this.#metrics ??= this.#read())
  }

  /** The bytes of all metrics, with tags and lengths. */
  get byteLength(): number {
    return this.items.byteLength
  }

  encodeAll(out: ProtoWriter): void {
    this.items.writeAll(out)
  }

  /** The same metrics of another resource or scope. */
  under(resource: Resource, scope: Scope): EncodedMetricGroup {
    return new EncodedMetricGroup(resource, scope, this.items)
  }

  #read(): EncodedMetric[] {
    const items = this.items
    return Array.from({ length: items.length }, (_, i) => {
      return new EncodedMetric(items.bytes, items.start(i), items.end(i))
    })
  }
}

const TYPES: Readonly<Record<number, MetricData['type']>> = Object.fromEntries(
  Object.entries(METRIC_DATA).map(([type, field]) => [field, type as MetricData['type']]),
)

/**
 * A metric over the bytes of a request: its data points are decoded when somebody asks for its data,
 * and it is copied when it is encoded. A field that cannot be read is as one that is not there.
 */
export class EncodedMetric implements Metric {
  readonly name: string = ''
  readonly description: string = ''
  readonly unit: string = ''
  /** The fields of the `Metric` are those of `bytes` from `from` up to `to`. */
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
  readonly #type: MetricData['type'] = 'gauge'
  readonly #dataFrom: number = 0
  readonly #dataTo: number = 0
  #data: MetricData | undefined
  #pointCount: number | undefined

  constructor(bytes: Buffer, from: number, to: number) {
    this.bytes = bytes
    this.from = from
    this.to = to
    const reader = new ProtoReader().over(bytes, from, to)
    while (reader.next()) {
      const { field } = reader
      const type = TYPES[field]
      if (field === METRIC.name) this.name = reader.text()
      else if (field === METRIC.description) this.description = reader.text()
      else if (field === METRIC.unit) this.unit = reader.text()
      else if (type && reader.wire === WIRE.bytes) {
        this.#type = type
        this.#dataFrom = reader.from
        this.#dataTo = reader.to
      }
    }
  }

  /** What it measures, without decoding its data points. */
  get type(): MetricData['type'] {
    return this.#type
  }

  /** Temporality and monotony, to be compared with those of another metric. */
  get aggregation(): string {
    return JSON.stringify(decodeSumFields(this.bytes, this.#dataFrom, this.#dataTo))
  }

  get data(): MetricData {
    return (this.#data ??= decodeData(this.bytes, this.#dataFrom, this.#dataTo, this.#type))
  }

  get metadata(): Attributes {
    return decodeAttributes(this.bytes, this.from, this.to, METRIC.metadata)
  }

  get pointCount(): number {
    return (this.#pointCount ??= this.#countPoints())
  }

  /** Bytes of the metric, without tag and length. */
  get byteLength(): number {
    return this.to - this.from
  }

  encode(out: ProtoWriter): void {
    out.rawSlice(this.bytes, this.from, this.to - this.from)
  }

  slice(from: number, to: number): EncodedMetric {
    return this.pick((i) => i >= from && i < to)
  }

  /** The metric with the data points of others behind its own: they have the same type and aggregation. */
  join(others: readonly EncodedMetric[]): EncodedMetric {
    if (others.length === 0) return this
    const out = new ProtoWriter(this.to - this.from + 1024)
    out.rawSlice(this.bytes, this.#dataTo, this.to - this.#dataTo)
    const mark = out.mark()
    for (const other of [this, ...others].toReversed()) {
      out.rawSlice(other.bytes, other.#dataFrom, other.#dataTo - other.#dataFrom)
    }
    out.message(METRIC_DATA[this.#type], mark)
    out.rawSlice(this.bytes, this.from, this.#dataAt() - this.from)
    const made = out.toBytes()
    return new EncodedMetric(made, 0, made.length)
  }

  /** The metric with the data points that `keep` wants, by their index. */
  pick(keep: (i: number) => boolean): EncodedMetric {
    if (this.#dataTo === 0) return this
    const bytes = this.bytes
    const out = new ProtoWriter(this.to - this.from + 16)
    out.rawSlice(bytes, this.#dataTo, this.to - this.#dataTo)
    const mark = out.mark()
    this.#writePoints(keep, out)
    out.message(METRIC_DATA[this.#type], mark)
    out.rawSlice(bytes, this.from, this.#dataAt() - this.from)
    const made = out.toBytes()
    return new EncodedMetric(made, 0, made.length)
  }

  /**
   * Writes the metric with what `write` makes of each of its data points: the fields of the point in
   * `bytes` from `from` up to `to`. Everything else is copied.
   */
  rewrite(write: (from: number, to: number, out: ProtoWriter) => void, out: ProtoWriter): void {
    if (this.#dataTo === 0) return this.encode(out)
    const { bytes } = this
    out.rawSlice(bytes, this.#dataTo, this.to - this.#dataTo)
    const mark = out.mark()
    const points = this.pointPlaces()
    let end = this.#dataTo
    for (let i = points.length - 3; i >= 0; i -= 3) {
      const to = points[i + 2] as number
      out.rawSlice(bytes, to, end - to)
      const point = out.mark()
      write(points[i + 1] as number, to, out)
      out.message(DATA.points, point)
      end = points[i] as number
    }
    out.rawSlice(bytes, this.#dataFrom, end - this.#dataFrom)
    out.message(METRIC_DATA[this.#type], mark)
    const at = this.#dataAt()
    out.rawSlice(bytes, this.from, at - this.from)
  }

  /** Of each point, one behind the other: where its field begins, where its own fields begin, where both end. */
  pointPlaces(): number[] {
    const reader = new ProtoReader().over(this.bytes, this.#dataFrom, this.#dataTo)
    const places: number[] = []
    while (reader.next()) if (isPoint(reader)) places.push(reader.at, reader.from, reader.to)
    return places
  }

  /** Where the data's field begins. */
  #dataAt(): number {
    const reader = new ProtoReader().over(this.bytes, this.from, this.to)
    let at = this.from
    while (reader.next()) if (reader.from === this.#dataFrom) at = reader.at
    return at
  }

  #writePoints(keep: (i: number) => boolean, out: ProtoWriter): void {
    const reader = new ProtoReader().over(this.bytes, this.#dataFrom, this.#dataTo)
    const kept: number[] = []
    let point = 0
    while (reader.next()) if (!isPoint(reader) || keep(point++)) kept.push(reader.at, reader.to)
    for (let i = kept.length - 2; i >= 0; i -= 2) {
      const start = kept[i] as number
      out.rawSlice(this.bytes, start, (kept[i + 1] as number) - start)
    }
  }

  #countPoints(): number {
    const reader = new ProtoReader().over(this.bytes, this.#dataFrom, this.#dataTo)
    let count = 0
    while (reader.next()) if (isPoint(reader)) count++
    return count
  }
}

function isPoint({ field, wire }: ProtoReader): boolean {
  return field === DATA.points && wire === WIRE.bytes
}

function decodeData(bytes: Buffer, from: number, to: number, type: MetricData['type']): MetricData {
  const points = <P extends Point>(decode: DecodePoint<P>): P[] =>
    decodePoints(bytes, from, to, decode)
  const { temporality, monotonic } = decodeSumFields(bytes, from, to)
  switch (type) {
    case 'gauge':
      return { type, points: points(decodeNumberPoint) }
    case 'sum':
      return { type, points: points(decodeNumberPoint), temporality, monotonic }
    case 'histogram':
      return { type, points: points(decodeHistogramPoint), temporality }
    case 'exponential_histogram':
      return { type, points: points(decodeExponentialPoint), temporality }
    case 'summary':
      return { type, points: points(decodeSummaryPoint) }
  }
}

function decodePoints<P extends Point>(
  bytes: Buffer,
  from: number,
  to: number,
  decode: DecodePoint<P>,
): P[] {
  const reader = new ProtoReader().over(bytes, from, to)
  const points: P[] = []
  while (reader.next()) if (isPoint(reader)) points.push(decode(bytes, reader.from, reader.to))
  return points
}

function decodeSumFields(
  bytes: Buffer,
  from: number,
  to: number,
): { temporality: Temporality; monotonic: boolean } {
  const reader = new ProtoReader().over(bytes, from, to)
  let temporality = 0
  let monotonic = false
  while (reader.next()) {
    if (reader.field === DATA.temporality) temporality = reader.uint()
    else if (reader.field === DATA.monotonic) monotonic = reader.uint() !== 0
  }
  // OTLP may get more temporalities; one that we do not know is as one that is not said.
  return { temporality: (temporality <= 2 ? temporality : 0) as Temporality, monotonic }
}
