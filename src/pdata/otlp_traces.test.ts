import { describe, expect, it } from 'vitest'
import { decodeJsonRequest, decodeTraces, spans, type SpanView } from '../../test/kit/otlp.ts'
import type { TracesRequest } from '../../test/kit/otlp.ts'
import type { Attributes, AttributeValue } from './attributes.ts'
import { Delivery } from './delivery.ts'
import { officialBytes, officialSpan } from './official_spans_for_tests.ts'
import { batchToJson } from './otlp_to_json.ts'
import { encodeTraces } from './otlp_traces.ts'
import { ProtoWriter } from './proto_writer.ts'
import { Resource, type Scope } from './resource.ts'
import { SpanArray } from './span_array.ts'
import { type Span, type SpanKind, type StatusCode, Traces } from './traces.ts'

/** Random numbers that are the same each time (a linear congruential generator, high bits). */
function generator(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

type Below = (limit: number) => number

const TEXTS = ['', 'a', 'GET', 'ä€🐝', '\0\n"\\', 'x'.repeat(200)]
const INTEGERS = [0, 1, -1, 127, 128, 2 ** 31, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53) + 1]
const DOUBLES = [0.5, -1.25, 1e300, 2 ** 53, -(2 ** 60), 5e-324]
const BIGINTS = [0n, -1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)]

function randomValue(below: Below, depth: number): AttributeValue {
  const of = <T>(list: readonly T[]): T => list[below(list.length)] as T
  switch (below(depth === 0 ? 6 : 8)) {
    case 0:
      return of(TEXTS)
    case 1:
      return of(INTEGERS)
    case 2:
      return of(DOUBLES)
    case 3:
      return of(BIGINTS)
    case 4:
      return below(2) === 1
    case 5:
      return Buffer.from(Array.from({ length: below(70) }, () => below(256)))
    case 6:
      return Array.from({ length: below(4) }, () => randomValue(below, depth - 1))
    default:
      return randomAttributes(below, depth - 1)
  }
}

function randomAttributes(below: Below, depth = 2): Attributes {
  const entries = Array.from({ length: below(6) }, (_, i) => [
    `key.${i}`,
    randomValue(below, depth),
  ])
  return Object.fromEntries(entries) as Attributes
}

function hex(below: Below, bytes: number): string {
  return Array.from({ length: bytes }, () => (1 + below(255)).toString(16).padStart(2, '0')).join(
    '',
  )
}

function randomSpan(below: Below): Span {
  const startNs = 1n + (BigInt(below(2 ** 30)) << 32n) + BigInt(below(2 ** 32))
  return {
    traceId: hex(below, 16),
    spanId: hex(below, 8),
    parentSpanId: below(2) === 1 ? hex(below, 8) : '',
    traceState: below(2) === 1 ? 'a=b,c=d' : '',
    flags: below(0x400),
    name: TEXTS[1 + below(5)] as string,
    kind: (1 + below(5)) as SpanKind,
    startNs,
    endNs: startNs + BigInt(below(2 ** 32)),
    attributes: randomAttributes(below),
    events: Array.from({ length: below(3) }, (_, i) => ({
      timeNs: startNs + BigInt(i),
      name: `event ${i}`,
      attributes: randomAttributes(below),
    })),
    status: { code: below(3) as StatusCode, message: below(2) === 1 ? 'because ä' : '' },
  }
}

interface Group {
  readonly resource: Resource
  readonly scope: Scope
  readonly list: readonly Span[]
}

function randomGroups(seed: number): Group[] {
  const below = generator(seed)
  return Array.from({ length: 1 + below(4) }, (_, i) => ({
    resource: new Resource(randomAttributes(below)),
    scope: { name: `scope ${i}`, version: TEXTS[below(3)] as string },
    list: Array.from({ length: below(5) }, () => randomSpan(below)),
  }))
}

function tracesOf(groups: readonly Group[]): Traces {
  const spanGroups = groups.map(({ resource, scope, list }) => ({
    resource,
    scope,
    spans: new SpanArray(list),
  }))
  return new Traces(spanGroups, new Delivery())
}

function encode(groups: readonly Group[]): Buffer {
  const out = new ProtoWriter(16)
  encodeTraces(tracesOf(groups), out)
  return out.toBytes()
}

/** The groups as the strict decoder shows them. */
function viewsOf(groups: readonly Group[]): Partial<SpanView>[] {
  return groups.flatMap(({ resource, scope, list }) =>
    list.map((span) => ({
      ...span,
      kind: (['', 'internal', 'server', 'client', 'producer', 'consumer'] as const)[
        span.kind
      ] as SpanView['kind'],
      status: { ...span.status, code: (['unset', 'ok', 'error'] as const)[span.status.code] },
      attributes: plain(span.attributes),
      events: span.events.map((event) => ({ ...event, attributes: plain(event.attributes) })),
      links: [],
      resource: plain(resource.attributes),
      scope: { ...scope, attributes: {} },
    })),
  )
}

/** Integers as the decoder gives them: numbers where they fit, bigints elsewhere. */
function plain(attributes: Attributes): SpanView['attributes'] {
  const one = (value: AttributeValue): unknown => {
    if (typeof value === 'bigint') {
      return Number.isSafeInteger(Number(value)) ? Number(value) : value
    }
    if (value instanceof Uint8Array || typeof value !== 'object') return value
    return Array.isArray(value) ? value.map(one) : plain(value as Attributes)
  }
  const entries = Object.entries(attributes).map(([key, value]) => [key, one(value)])
  return Object.fromEntries(entries) as SpanView['attributes']
}

function decodedViews(request: TracesRequest): Partial<SpanView>[] {
  return spans(request).map(({ attributeTypes, ...view }) => {
    expect(Object.keys(attributeTypes)).toEqual(Object.keys(view.attributes))
    return view
  })
}

const SEEDS = Array.from({ length: 60 }, (_, i) => i * 7919 + 1)

describe('spans in OTLP', () => {
  it.each(SEEDS)('are read back as they were, attributes of every type among them (%i)', (seed) => {
    const groups = randomGroups(seed)
    const request = decodeTraces(encode(groups))
    expect(request.resourceSpans).toHaveLength(groups.length)
    expect(decodedViews(request)).toEqual(viewsOf(groups))
  })

  it.each(SEEDS.slice(0, 20))('are the same in JSON (%i)', (seed) => {
    const groups = randomGroups(seed)
    const json = JSON.stringify(batchToJson(tracesOf(groups)))
    expect(decodeJsonRequest('traces', json)).toEqual(decodeTraces(encode(groups)))
  })

  it('keep the order of attributes', () => {
    const [span] = [randomSpan(generator(1))]
    const attributes = { z: 1, a: [1, 'b'], m: { y: 1, b: 2 } }
    const list = [{ ...span, attributes }]
    const [decoded] = decodedViews(
      decodeTraces(
        encode([{ resource: new Resource({}), scope: { name: 's', version: '' }, list }]),
      ),
    )
    expect(JSON.stringify(decoded!.attributes)).toBe(JSON.stringify(attributes))
  })

  it('have the type that the value has', () => {
    const attributes = {
      text: '',
      yes: false,
      int: 0,
      minusZero: -0,
      big: 2n ** 60n,
      double: 0.5,
      large: 2 ** 53,
      nan: NaN,
      infinite: -Infinity,
      bytes: new Uint8Array(0),
      list: [],
      map: {},
    }
    const list = [{ ...randomSpan(generator(2)), attributes }]
    const groups = [{ resource: new Resource({}), scope: { name: 's', version: '' }, list }]
    const json = JSON.stringify(batchToJson(tracesOf(groups)))
    for (const request of [decodeTraces(encode(groups)), decodeJsonRequest('traces', json)]) {
      expect(spans(request)[0]!.attributeTypes).toEqual({
        text: 'string',
        yes: 'bool',
        int: 'int',
        minusZero: 'int',
        big: 'int',
        double: 'double',
        large: 'double',
        nan: 'double',
        infinite: 'double',
        bytes: 'bytes',
        list: 'array',
        map: 'kvlist',
      })
      expect(spans(request)[0]!.attributes).toMatchObject({ nan: NaN, infinite: -Infinity })
    }
  })

  it('may be none', () => {
    expect(decodeTraces(encode([]))).toEqual({ resourceSpans: [] })
    expect(batchToJson(tracesOf([]))).toEqual({ resourceSpans: [] })
  })
})

describe("OpenTelemetry's own serializer", () => {
  /** What it can express as we do: it has no bigints, and a double without fraction is its int. */
  const officialValue = (value: AttributeValue): boolean => {
    if (typeof value === 'bigint') return false
    if (typeof value === 'number') return Number.isSafeInteger(value) || !Number.isInteger(value)
    if (typeof value !== 'object' || value === null) return true
    if (value instanceof Uint8Array) return true
    return Object.values(value).every(officialValue)
  }
  const official = (attributes: Attributes): Attributes =>
    Object.fromEntries(Object.entries(attributes).filter(([, value]) => officialValue(value)))

  it.each(SEEDS.slice(0, 30))('writes what is read the same (%i)', (seed) => {
    const groups = randomGroups(seed)
      .filter(({ list }) => list.length > 0)
      .map(({ resource, scope, list }) => ({
        resource: new Resource(official(resource.attributes)),
        scope,
        list: list.map((span) => ({
          ...span,
          // It always says whether the parent is remote.
          flags: (span.flags & (span.parentSpanId ? 0x2ff : 0xff)) | 0x100,
          attributes: official(span.attributes),
          events: span.events.map((event) => ({
            ...event,
            attributes: official(event.attributes),
          })),
        })),
      }))
    const theirs = officialBytes(
      groups.flatMap(({ resource, scope, list }) =>
        list.map((span) => officialSpan(span, resource, scope)),
      ),
    )
    expect(decodedViews(decodeTraces(theirs))).toEqual(decodedViews(decodeTraces(encode(groups))))
  })
})

describe('a list of decoded spans', () => {
  const below = generator(5)
  const all = Array.from({ length: 5 }, () => randomSpan(below))
  const list = new SpanArray(all)

  it('gives each field of each span', () => {
    for (const [i, span] of all.entries()) {
      expect(list.at(i)).toBe(span)
      expect([list.name(i), list.kind(i), list.status(i)]).toEqual([
        span.name,
        span.kind,
        span.status.code,
      ])
      expect(list.durationNs(i)).toBe(Number(span.endNs - span.startNs))
      expect(list.startMs(i)).toBeCloseTo(Number(span.startNs) / 1e6, 2)
      for (const key of ['key.0', 'key.5', 'none']) {
        expect(list.attribute(i, key)).toBe(span.attributes[key])
      }
    }
  })

  it('gives parts of itself', () => {
    const part = list.slice(1, 4)
    expect([part.length, part.at(0), part.at(2)]).toEqual([3, all[1], all[3]])
    expect(part.slice(1, 1).length).toBe(0)
  })
})
