import type { RequestBytes, RequestLimits, Requests } from './otlp_encode.ts'
import type { Signal } from './otlp_request.ts'
import { LEVELS } from './outline.ts'
import { ProtoReader } from './proto_reader.ts'
import { ProtoWriter } from './proto_writer.ts'

/** Begins and ends of pieces of the body, in turn. */
type Pieces = number[]

type Limits = Required<RequestLimits>

/** A message on the way from the request to its items: `ResourceSpans`, `ScopeSpans`, a metric. */
interface Level {
  /** The field that it is in the message around it. */
  readonly field: number
  /** What it has beside what leads to the items: the resource, the scope, a metric's name. */
  readonly head: Pieces
  /** Bytes that it adds to a request, without its items. */
  readonly bytes: number
}

/** A level in one of the requests, with what is in it there. */
interface Part {
  readonly level: Level
  readonly parts: Part[]
  readonly items: Pieces
}

/** A tag and a length take at most so many bytes. */
const PREFIX_BYTES = 6

/**
 * A request as several within the limits, the items in their order. The structure is walked and the
 * items are copied; nothing is decoded. What stands around an item (its resource, its scope, the
 * name of its metric) is in every request that has such an item.
 */
export function splitRequest(signal: Signal, body: Buffer, limits: Limits): Requests {
  return new Splitter(signal, body, limits).run()
}

class Splitter {
  readonly #fields: (typeof LEVELS)[Signal]
  readonly #body: Buffer
  readonly #limits: Limits
  readonly #requests: RequestBytes[] = []
  /** The levels that lead to the item at hand, the request first. */
  readonly #path: Level[] = []
  /** The last part of each level in the request that is being filled. */
  #open: Part[] = []
  #bytes = 0
  #items = 0
  #tooLarge = 0

  constructor(signal: Signal, body: Buffer, limits: Limits) {
    this.#fields = LEVELS[signal]
    this.#body = body
    this.#limits = limits
  }

  run(): Requests {
    this.#walk(0, 0, this.#body.length, 0)
    this.#close()
    return { requests: this.#requests, tooLarge: this.#tooLarge }
  }

  #walk(field: number, from: number, to: number, depth: number): void {
    const { head, children } = this.#look(from, to, depth)
    if (children.length === 0) return
    this.#path.push({ field, head, bytes: PREFIX_BYTES + lengthOf(head) })
    const last = depth === this.#fields.length - 1
    for (let i = 0; i < children.length; i += 4) {
      const [at, childField, start, end] = children.slice(i, i + 4) as [
        number,
        number,
        number,
        number,
      ]
      if (last) this.#add(at, end)
      else this.#walk(childField, start, end, depth + 1)
    }
    this.#path.pop()
  }

  /** What leads on to items (begin, number, begin of the value and end, in turn), and the rest. */
  #look(from: number, to: number, depth: number): { head: Pieces; children: number[] } {
    const wanted = this.#fields[depth] as readonly number[]
    const reader = new ProtoReader().over(this.#body, from, to)
    const head: Pieces = []
    const children: number[] = []
    while (reader.next()) {
      const { at, field, from: start, to: end } = reader
      if (wanted.includes(field)) children.push(at, field, start, end)
      else head.push(at, end)
    }
    return { head, children }
  }

  #add(at: number, end: number): void {
    const { maxBytes, maxItems } = this.#limits
    let bytes = this.#costOf(end - at)
    if (this.#items >= maxItems || this.#bytes + bytes > maxBytes) {
      this.#close()
      bytes = this.#costOf(end - at)
    }
    if (bytes > maxBytes) return void this.#tooLarge++
    this.#bytes += bytes
    this.#items++
    addPiece(this.#leaf().items, at, end)
  }

  /** Bytes that an item adds to the request at hand, with the levels that it has to open. */
  #costOf(bytes: number): number {
    return this.#path.reduce((sum, level, depth) => {
      return this.#open[depth]?.level === level ? sum : sum + level.bytes
    }, bytes)
  }

  /** The part that the item goes into, made where it is not open. */
  #leaf(): Part {
    for (const [depth, level] of this.#path.entries()) {
      if (this.#open[depth]?.level === level) continue
      const part: Part = { level, parts: [], items: [] }
      this.#open[depth - 1]?.parts.push(part)
      this.#open.splice(depth, Infinity, part)
    }
    return this.#open.at(-1) as Part
  }

  #close(): void {
    const [request] = this.#open
    if (!request) return
    const out = new ProtoWriter(this.#bytes)
    this.#write(request, out)
    const body = out.buffer.subarray(out.pos)
    this.#requests.push({ body, items: this.#items, borrowed: false })
    this.#open = []
    this.#bytes = 0
    this.#items = 0
  }

  #write({ level, parts, items }: Part, out: ProtoWriter): void {
    this.#copy(items, out)
    for (const part of parts.toReversed()) {
      const mark = out.mark()
      this.#write(part, out)
      out.message(part.level.field, mark)
    }
    this.#copy(level.head, out)
  }

  #copy(pieces: Pieces, out: ProtoWriter): void {
    for (let i = pieces.length - 2; i >= 0; i -= 2) {
      const from = pieces[i] as number
      out.rawSlice(this.#body, from, (pieces[i + 1] as number) - from)
    }
  }
}

/** Pieces that follow each other are one. */
function addPiece(pieces: Pieces, from: number, to: number): void {
  if (pieces.at(-1) === from) pieces[pieces.length - 1] = to
  else pieces.push(from, to)
}

function lengthOf(pieces: Pieces): number {
  let sum = 0
  for (let i = 0; i < pieces.length; i += 2)
    sum += (pieces[i + 1] as number) - (pieces[i] as number)
  return sum
}
