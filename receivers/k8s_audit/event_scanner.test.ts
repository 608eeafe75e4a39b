import { describe, expect, it } from 'vitest'
import { EventScanner } from './event_scanner.ts'
import { eventOf } from './fixtures.ts'
import { Selection } from './selection.ts'

const everything = new Selection({
  resources: ['*'],
  verbs: ['*'],
  stages: ['*'],
  levels: ['*'],
  dry_run: true,
})

/** Numbers from 0 to 1, the same in each run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

const TEXTS = [
  '',
  'a',
  '"',
  '\\',
  '\\"',
  '{',
  '}]',
  ',',
  ':',
  '\n',
  'é',
  '😀',
  '"stageTimestamp":"',
]
const KEYS = ['stageTimestamp', 'verb', 'stage', 'level', 'annotations', 'objectRef', 'kind', 'x']

function anything(random: () => number, depth: number): unknown {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const text = (): string => pick(TEXTS) + pick(TEXTS) + pick(TEXTS)
  const kind = random() * (depth > 4 ? 3 : 5)
  if (kind < 1) return pick([null, true, false, 0, -1.5e10])
  if (kind < 3) return text()
  const length = Math.floor(random() * 4)
  if (kind < 4) return Array.from({ length }, () => anything(random, depth + 1))
  return Object.fromEntries(
    Array.from({ length }, () => [
      random() < 0.5 ? pick(KEYS) : text(),
      anything(random, depth + 1),
    ]),
  )
}

function randomEvent(random: () => number): object {
  const text = (): string => String(anything(random, 9))
  return eventOf(1, {
    auditID: text(),
    user: anything(random, 0),
    userAgent: text(),
    requestObject: anything(random, 0),
    responseObject: anything(random, 0),
    objectRef: { resource: text(), namespace: text(), name: text(), extra: anything(random, 2) },
    responseStatus: { metadata: {}, details: anything(random, 0), code: 409 },
    annotations: { a: text(), [text()]: text() },
  })
}

describe('the scan of an event', () => {
  it('finds what a parser finds, in whatever stands around it', () => {
    const random = numbers(7)
    const scanner = new EventScanner(everything)
    for (let i = 0; i < 1000; i++) {
      const event = randomEvent(random)
      const line = JSON.stringify(event)
      const ref = (event as { objectRef: Record<string, unknown> }).objectRef
      expect(scanner.scan(Buffer.from(line)), line).toBe('event')
      expect(scanner.facts, line).toMatchObject({
        auditId: (event as { auditID: string }).auditID,
        userAgent: (event as { userAgent: string }).userAgent,
        verb: 'patch',
        stage: 'ResponseComplete',
        resource: ref['resource'],
        namespace: ref['namespace'],
        name: ref['name'],
        code: 409,
        timeNs: BigInt(Date.UTC(2026, 0, 31, 8)) * 1_000_000n + 123_456_000n,
      })
    }
  })

  it('finds no event in what is cut anywhere', () => {
    const scanner = new EventScanner(everything)
    const line = Buffer.from(JSON.stringify(randomEvent(numbers(3))))
    for (let end = 0; end < line.length; end++) {
      expect(scanner.scan(line.subarray(0, end)), String(end)).toBe('other')
    }
  })

  it('ends, whatever bytes there are', () => {
    const random = numbers(11)
    const scanner = new EventScanner(everything)
    for (let i = 0; i < 1000; i++) {
      const line = Buffer.from(JSON.stringify(randomEvent(random)))
      for (let n = 0; n < 3; n++) {
        line[Math.floor(random() * line.length)] = Math.floor(random() * 256)
      }
      const scan = (): string => scanner.scan(line)
      try {
        expect(['event', 'other']).toContain(scan())
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError)
      }
    }
  })
})
