import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { Gate } from '../gate.ts'

/** Names that `Content-Encoding` may have, and `compression_algorithms`. */
export const CONTENT_CODINGS = ['', 'gzip', 'zstd', 'zlib', 'deflate'] as const
/** Names that `grpc-encoding` may have. */
export const GRPC_ENCODINGS = ['identity', 'gzip', 'deflate', 'zstd'] as const

/** How a body is compressed. `deflate` is zlib's format in HTTP and gRPC, as the Collector has it. */
export type Coding = 'identity' | 'gzip' | 'zstd' | 'zlib' | 'deflate'

/** A body without its compression, or why there is none. */
export type Inflated =
  | { readonly kind: 'whole'; readonly body: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'malformed'; readonly message: string }

/*
 * Small bodies are read at once: that takes less than a tenth of a millisecond, and half of the CPU of
 * a trip to another thread.
 */
const SMALL = 64 * 1024
/** Output comes in pieces of at most this size; fewer pieces are fewer trips. */
const MAX_PIECE = 1024 * 1024
const MIN_PIECE = 1024
/** Few bodies grow more than this. */
const USUAL_RATIO = 10
/** As many as there are threads; each may hold a whole request. */
const gate = new Gate(4)

const CODECS = {
  gzip: { now: zlib.gunzipSync, later: promisify(zlib.gunzip) },
  zlib: { now: zlib.inflateSync, later: promisify(zlib.inflate) },
  deflate: { now: zlib.inflateSync, later: promisify(zlib.inflate) },
  zstd: { now: zlib.zstdDecompressSync, later: promisify(zlib.zstdDecompress) },
} as const

/**
 * Takes the compression off a body. More than `maxBytes` are never made: what would become more stops
 * early. The result has memory of its own size.
 */
export async function inflate(coding: Coding, body: Buffer, maxBytes: number): Promise<Inflated> {
  if (coding === 'identity') return whole(body, maxBytes)
  const expected = expectedBytes(coding, body)
  const window = windowLog(maxBytes)
  if (expected <= SMALL) {
    const cap = Math.min(SMALL, maxBytes)
    const result = now(coding, body, { maxBytes: cap, piece: Math.min(expected, cap), window })
    if (result.kind !== 'too_large' || cap === maxBytes) return result
  }
  const piece = Math.min(expected, maxBytes, MAX_PIECE)
  return gate.run(() => later(coding, body, { maxBytes, piece, window }))
}

/** How a body is read. */
interface Bounds {
  readonly maxBytes: number
  /** Size of the pieces in which output comes. */
  readonly piece: number
  readonly window: number
}

type Compressed = Exclude<Coding, 'identity'>

function whole(body: Buffer, maxBytes: number): Inflated {
  return body.length > maxBytes ? { kind: 'too_large' } : { kind: 'whole', body }
}

function now(coding: Compressed, body: Buffer, bounds: Bounds): Inflated {
  try {
    return { kind: 'whole', body: CODECS[coding].now(body, optionsFor(coding, bounds)) }
  } catch (error) {
    return faultOf(error)
  }
}

async function later(coding: Compressed, body: Buffer, bounds: Bounds): Promise<Inflated> {
  try {
    const inflated = await CODECS[coding].later(body, optionsFor(coding, bounds))
    return { kind: 'whole', body: inflated }
  } catch (error) {
    return faultOf(error)
  }
}

function optionsFor(
  coding: Coding,
  { maxBytes, piece, window }: Bounds,
): zlib.ZlibOptions & zlib.ZstdOptions {
  const options = {
    // 0 is no limit there.
    maxOutputLength: Math.max(maxBytes, 1),
    // One byte more: a piece that is full makes zlib look for another.
    chunkSize: Math.max(piece + 1, MIN_PIECE),
  }
  if (coding !== 'zstd') return options
  return { ...options, params: { [zlib.constants.ZSTD_d_windowLogMax]: window } }
}

/**
 * The largest window that a frame of zstd may ask for, which is memory. RFC 8878 wants 8 MiB at the
 * least; what knows its size asks for no more than that.
 */
function windowLog(maxBytes: number): number {
  return Math.min(Math.max(Math.ceil(Math.log2(maxBytes)), 23), 27)
}

/** How much a body says that it will become, or a guess. Never trusted, only a hint. */
function expectedBytes(coding: Coding, body: Buffer): number {
  // RFC 1952: the last four bytes are the size.
  if (coding === 'gzip' && body.length >= 18) return body.readUInt32LE(body.length - 4)
  return body.length * USUAL_RATIO
}

function faultOf(error: unknown): Inflated {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'ERR_BUFFER_TOO_LARGE') return { kind: 'too_large' }
  return { kind: 'malformed', message }
}
