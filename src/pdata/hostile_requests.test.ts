import { describe, expect, it } from 'vitest'
import { Delivery } from './delivery.ts'
import { MalformedOtlp } from './malformed_otlp.ts'
import type { OtlpBatch } from './merge_batches.ts'
import { byteSize } from './batch_size.ts'
import { encodeBatch, requestsOf } from './otlp_encode.ts'
import { checkItems, readRequest, requestFromJson, type Signal } from './otlp_request.ts'
import { batchToJson } from './otlp_to_json.ts'
import { ProtoWriter } from './proto_writer.ts'
import { cases, generator, officially, randomRequest } from './random_requests_for_tests.ts'

const MIB = 1024 * 1024

/** The batch, or undefined where the bytes are no request: nothing else may happen. */
function tryRead(signal: Signal, body: Buffer): OtlpBatch | undefined {
  try {
    return readRequest(signal, body, new Delivery())
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedOtlp)
    return undefined
  }
}

/** Reads all there is to read; nothing may throw. */
function readAll(batch: OtlpBatch): void {
  for (const group of batch.groups) {
    void [group.resource.attributes, group.scope.attributes, group.scope.name]
    if ('spans' in group) {
      for (let i = 0; i < group.spans.length; i++) {
        const { spans } = group
        void [spans.at(i), spans.attribute(i, 'key'), spans.randomness(i), spans.startMs(i)]
        expect(spans.durationNs(i)).toBeGreaterThanOrEqual(0)
      }
    } else if ('logs' in group) {
      for (let i = 0; i < group.logs.length; i++) {
        void [group.logs.at(i), group.logs.body(i), group.logs.traceId(i)]
      }
    } else for (const metric of group.metrics) void [metric.data, metric.metadata]
  }
  const out = new ProtoWriter()
  encodeBatch(batch, out)
  void [batchToJson(batch), checkItems(batch), byteSize(batch)]
  requestsOf(batch, { maxBytes: 300 }, out)
}

/** Whether others can read what we let through. We do not look whether a text is UTF-8. */
function othersFault(signal: Signal, body: Buffer): string {
  try {
    officially(signal, body)
    return 'none'
  } catch (error) {
    const { message } = error as Error
    return message.includes('utf-8') ? 'none' : message
  }
}

describe('bytes that are no request', () => {
  it.each(cases(2))(
    'are refused or read, wherever a request of %s is cut off (%i)',
    (signal, seed) => {
      const body = randomRequest(signal, seed)
      const step = Math.ceil(body.length / 1000)
      for (let length = 0; length < body.length; length += step) {
        const batch = tryRead(signal, Buffer.from(body.subarray(0, length)))
        if (batch) readAll(batch)
      }
    },
  )

  it.each(cases(6))(
    'are refused or read, whatever bits of a request of %s change (%i)',
    (signal, seed) => {
      const body = randomRequest(signal, seed)
      const below = generator(seed)
      for (let n = 0; n < 60 && body.length > 0; n++) {
        const flipped = Buffer.from(body)
        for (let flips = below(4); flips >= 0; flips--) {
          const at = below(body.length)
          flipped[at] = (flipped[at] as number) ^ (1 << below(8))
        }
        const batch = tryRead(signal, flipped)
        if (batch) readAll(batch)
      }
    },
  )

  it.each(cases(4))('are found in items by the look at all of them (%s %i)', (signal, seed) => {
    const body = randomRequest(signal, seed)
    const below = generator(seed)
    for (let n = 0; n < 60 && body.length > 0; n++) {
      const flipped = Buffer.from(body)
      flipped[below(body.length)] = below(256)
      const batch = tryRead(signal, flipped)
      if (!batch || checkItems(batch)) continue
      expect(othersFault(signal, flipped)).toBe('none')
    }
  })

  it.each([
    ['0aff', 'at byte 0: a length cannot be read'],
    ['0a05120212', 'at byte 0: a field ends after its message'],
    ['0a021201', 'at byte 2: a field ends after its message'],
    ['0800', 'at byte 0: field 1 cannot have wire type 0'],
    ['0a021000', 'at byte 2: field 2 cannot have wire type 0'],
    ['0b', 'at byte 0: wire type 3 is not supported'],
    ['0200', 'at byte 0: 0 is no field number'],
    ['fd', 'at byte 0: a field number is too large'],
    ['ffffffffffff', 'at byte 0: a field number is too large'],
    ['18ffffffffffffffffffff01', 'at byte 0: a number cannot be read'],
    ['1d0000', 'at byte 0: a field ends after its message'],
  ])('are told with their place: %s', (hex, message) => {
    const read = () => readRequest('traces', Buffer.from(hex, 'hex'), new Delivery())
    expect(read).toThrow(
      new MalformedOtlp(message.replace(/^at byte \d+: /, ''), Number(/\d+/.exec(message))),
    )
    expect(read).toThrow(message)
  })

  it.each([
    ['2a05610102', 'at byte 6: a field ends after its message'],
    ['0a01ff', 'at byte 6: an id of 1 bytes, not of 16'],
    ['3000300030', 'at byte 10: a number cannot be read'],
    ['2801', 'at byte 6: field 5 cannot have wire type 0'],
  ])('are told where they lie in a span: %s', (hex, message) => {
    const span = Buffer.from(hex, 'hex')
    const sizes = [span.length + 4, span.length + 2, span.length]
    const body = Buffer.concat([
      Buffer.from([0x0a, sizes[0]!, 0x12, sizes[1]!, 0x12, sizes[2]!]),
      span,
    ])
    expect(checkItems(readRequest('traces', body, new Delivery()))?.message).toBe(message)
  })
})

/** `levels` values in each other: lists, or maps. */
function nested(levels: number, kind: 'list' | 'map'): Buffer {
  const out = new ProtoWriter()
  for (let i = 0; i < levels; i++) {
    if (kind === 'map') {
      out.message(2, 0)
      out.message(1, 0)
      out.message(6, 0)
    } else {
      out.message(1, 0)
      out.message(5, 0)
    }
  }
  // LogRecord.body, ScopeLogs, ResourceLogs, the request.
  for (const field of [5, 2, 2, 1]) out.message(field, 0)
  return out.toBytes()
}

describe('a value with 10,000 values in each other', () => {
  it.each(['list', 'map'] as const)('of type %s is read as deep as others read', (kind) => {
    const batch = readRequest('logs', nested(10_000, kind), new Delivery())
    readAll(batch)
    const depth = JSON.stringify(batch.groups[0]!.logs.body(0)).length
    expect(depth).toBeLessThan(300)
    expect(checkItems(batch)?.what).toBe('more than 100 messages in each other')
  })

  it('is refused in JSON', () => {
    const body = '{"arrayValue":{"values":['.repeat(10_000) + ']}}'.repeat(10_000)
    const json = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${body}}]}]}]}`
    const convert = () => requestFromJson('logs', Buffer.from(json))
    expect(convert).toThrow('more than 100 messages in each other')
  })
})

describe('a large request', () => {
  /** Bytes of the heap and outside that stay in use while `use` runs. */
  function growth(use: () => void): number {
    const before = process.memoryUsage()
    use()
    const after = process.memoryUsage()
    return after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  }

  it('of one log record of 64 MiB is handed on without a copy', () => {
    const out = new ProtoWriter(64 * MIB + 1000)
    const text = Buffer.alloc(64 * MIB - 1000, 'x')
    out.bytes(1, text)
    for (const field of [5, 2, 2, 1]) out.message(field, 0)
    const body = out.buffer.subarray(out.pos)
    const grown = growth(() => {
      const batch = readRequest('logs', body, new Delivery())
      expect(batch.itemCount).toBe(1)
      expect(batch.groups[0]!.logs.attribute(0, 'a')).toBeUndefined()
      expect(requestsOf(batch, { maxBytes: 64 * MIB }, new ProtoWriter(16)).requests).toHaveLength(
        1,
      )
    })
    expect(grown).toBeLessThan(MIB)
  })

  it.each([
    ['traces', 3, 2 ** 23, 'items'],
    ['logs', 3, 2 ** 23, 'items'],
    ['metrics', 3, 2 ** 20, 'groups'],
    ['metrics', 5, 2 ** 20, 'items'],
    ['traces', 1, 2 ** 17, 'groups'],
    ['traces', 2, 2 ** 17, 'groups'],
  ] as const)('of %s is refused with empty messages at level %i', (signal, level, limit, what) => {
    const fields = { traces: [1, 2, 2], logs: [1, 2, 2], metrics: [1, 2, 2, 5, 1] }[signal]
    const empty = ((fields[level - 1] as number) << 3) | 2
    const out = new ProtoWriter(2 * limit + 100)
    out.raw(Buffer.alloc(2 * limit + 2, Buffer.from([empty, 0])))
    for (let i = level - 2; i >= 0; i--) out.message(fields[i] as number, 0)
    const body = out.buffer.subarray(out.pos)
    const grown = growth(() => {
      const read = () => readRequest(signal, body, new Delivery())
      expect(read).toThrow(`more than ${limit} ${what}`)
    })
    expect(grown).toBeLessThan(MIB)
  })
})
