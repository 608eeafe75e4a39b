import { snappyCompress } from '../../src/helpers/snappy.ts'
import type { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { encodeV1 } from './encode_v1.ts'
import { encodeV2 } from './encode_v2.ts'
import type { Metadata, WriteSeries } from './write_series.ts'

/** What requests are made by. */
export interface BundleOptions {
  readonly version: 1 | 2
  /** Of a request, before compression. */
  readonly maxBytes: number
  /** Whether version 1 tells types, units and descriptions. */
  readonly sendMetadata: boolean
}

/** How much is in a request. */
export interface PartCounts {
  /** Data points. */
  readonly items: number
  readonly samples: number
  readonly histograms: number
  readonly exemplars: number
}

/** One request of a bundle. */
export interface Part extends PartCounts {
  /** Compressed. */
  readonly body: Buffer
}

/** The requests of one batch. */
export interface Bundle {
  readonly version: 1 | 2
  readonly parts: readonly Part[]
}

const COUNTS = ['items', 'samples', 'histograms', 'exemplars'] as const
/** In front of each part: its counts and its length, four bytes each. */
const HEAD_BYTES = 4 * (COUNTS.length + 1)

/**
 * The requests of one batch as one body for the sending queue, which keeps it in files as it is: the
 * version of the protocol, then each request behind its counts and its length.
 */
export function makeBundle(
  series: readonly WriteSeries[],
  options: BundleOptions,
  out: ProtoWriter,
): Buffer {
  const pieces: Buffer[] = [Buffer.of(options.version)]
  const metadata = options.version === 1 && options.sendMetadata ? metadataOf(series) : []
  addParts(series, metadata, options, out, pieces)
  return Buffer.concat(pieces)
}

function addParts(
  series: readonly WriteSeries[],
  metadata: readonly Metadata[],
  options: BundleOptions,
  out: ProtoWriter,
  pieces: Buffer[],
): void {
  out.reset()
  if (options.version === 1) encodeV1(series, metadata, out)
  else encodeV2(series, out)
  const { maxBytes } = options
  if (out.length <= maxBytes || series.length < 2) {
    const body = snappyCompress(out.buffer.subarray(out.pos))
    pieces.push(headOf(countsIn(series), body.length), body)
    return
  }
  const size = Math.max(1, Math.floor(series.length / Math.ceil(out.length / maxBytes)))
  for (let from = 0; from < series.length; from += size) {
    const own = from === 0 ? metadata : []
    // A part that is too large by itself is split again, down to a series.
    addParts(series.slice(from, from + size), own, options, out, pieces)
  }
}

function metadataOf(series: readonly WriteSeries[]): Metadata[] {
  return [...new Map(series.map(({ metadata }) => [metadata.family, metadata])).values()]
}

function countsIn(series: readonly WriteSeries[]): PartCounts {
  const counts = { items: 0, samples: 0, histograms: 0, exemplars: 0 }
  for (const one of series) {
    counts.items += one.items
    counts.samples += one.samples.length
    counts.histograms += one.histograms.length
    counts.exemplars += one.exemplars.length
  }
  return counts
}

function headOf(counts: PartCounts, length: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  COUNTS.forEach((name, i) => head.writeUInt32LE(counts[name], 4 * i))
  head.writeUInt32LE(length, 4 * COUNTS.length)
  return head
}

/** Reads what `makeBundle` wrote; throws where it is something else. */
export function readBundle(bundle: Buffer): Bundle {
  const version = bundle[0]
  if (version !== 1 && version !== 2) throw new Error('expected requests of Remote Write')
  const parts: Part[] = []
  for (let at = 1; at < bundle.length;) {
    if (at + HEAD_BYTES > bundle.length) throw new Error('a request of Remote Write is cut off')
    const [items, samples, histograms, exemplars, length] = Array.from({ length: 5 }, (_, i) =>
      bundle.readUInt32LE(at + 4 * i),
    ) as [number, number, number, number, number]
    at += HEAD_BYTES + length
    if (at > bundle.length) throw new Error('a request of Remote Write is cut off')
    parts.push({ items, samples, histograms, exemplars, body: bundle.subarray(at - length, at) })
  }
  return { version, parts }
}
