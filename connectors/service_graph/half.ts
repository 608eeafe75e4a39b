import type { Node } from './node.ts'

/** Which end of an edge a span is: a consumer that names its producer in a link is `linked`. */
export type End = 'client' | 'server' | 'linked'

/** Words of a trace id and of the client's span id: what both ends of an edge know. */
export class EdgeKey {
  /** Four words of the trace id, two of the span id. */
  readonly words = new Int32Array(6)

  /** Takes ids from the bytes of a span. An id of another length is none. */
  readAt(
    bytes: Buffer,
    traceFrom: number,
    traceTo: number,
    spanFrom: number,
    spanTo: number,
  ): void {
    const { words } = this
    words.fill(0)
    if (traceTo - traceFrom === 16) {
      for (let i = 0; i < 4; i++) words[i] = wordAt(bytes, traceFrom + 4 * i)
    }
    if (spanTo - spanFrom !== 8) return
    words[4] = wordAt(bytes, spanFrom)
    words[5] = wordAt(bytes, spanFrom + 4)
  }

  /** Takes ids from 32 and 16 hex digits. */
  read(traceId: string, spanId: string): void {
    const bytes = Buffer.from(traceId.padStart(32, '0') + spanId.padStart(16, '0'), 'hex')
    this.readAt(bytes, 0, 16, 16, 24)
  }

  /** Whether the span id is all zeros: there is no client. */
  get isRoot(): boolean {
    return this.words[4] === 0 && this.words[5] === 0
  }
}

/** One end of an edge. */
export class Half {
  end: End = 'client'
  node: Node | undefined
  /** The values of the dimensions, where there are any. */
  dimensions: readonly (string | undefined)[] = []
  durationNs = 0
  failed = false
  /** Whether it is the end of a queue. */
  messaging = false
  /** The name of the server that a client gives; empty where it gives none. */
  peer = ''
  /** How many it stands for. */
  weight = 1
  /** Its own span id. */
  id0 = 0
  id1 = 0
  /** When it came, in milliseconds since 1970. */
  bornMs = 0
  /** Whether a consumer that named this producer has come. */
  served = false

  // Ids by which the other end is found.
  readonly key = new Int32Array(6)
  hash = 0
  nextInPlace: Half | undefined
  older: Half | undefined
  newer: Half | undefined

  /** Takes its own span id from the bytes of a span. */
  readId(bytes: Buffer, from: number, to: number): void {
    const valid = to - from === 8
    this.id0 = valid ? wordAt(bytes, from) : 0
    this.id1 = valid ? wordAt(bytes, from + 4) : 0
  }
}

function wordAt(bytes: Buffer, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}

/** Two words of a span id, or four of a trace id, as hex digits. */
export function hexOfWords(words: readonly number[]): string {
  const bytes = Buffer.alloc(words.length * 4)
  words.forEach((word, i) => bytes.writeInt32LE(word, i * 4))
  return bytes.toString('hex')
}
