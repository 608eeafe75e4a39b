import { describe, expect, it } from 'vitest'
import { randomnessOf, withoutThreshold } from '../../src/pdata/trace_state.ts'
import { STATUS_CODE } from '../../src/pdata/traces.ts'
import { HttpExchangeView } from './http_view.ts'
import { type Exchange, observationsOf } from './observations_for_tests.ts'
import { queueSpans } from './queue_spans.ts'
import { Random } from './random_for_tests.ts'
import { encodedAndDecoded, spanOf, spansOf } from './spans_for_tests.ts'
import { Tracestate } from './tracestate.ts'

const TRACEPARENT = 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n'

const state = new Tracestate()

/** What is read of these header lines, as they stand between others. */
function read(lines: string): string {
  const around = Buffer.from('x\ntracestate: before=1\r\n')
  const head = Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\n${lines}`, 'latin1')
  const bytes = Buffer.concat([around, head, Buffer.from('tracestate: after=1\r\n')])
  state.read(bytes, around.length, around.length + head.length)
  return state.text
}

/** The head of a request with a valid `traceparent` and these lines. */
function headWith(lines: string): string {
  return `GET / HTTP/1.1\r\nHost: a\r\n${TRACEPARENT}${lines}\r\n`
}

describe('the tracestate of a head', () => {
  it.each<[string, string, string]>([
    [
      'of a usual header',
      'tracestate: vendor=x,ot=rv:9b8233f7e3a151\r\n\r\n',
      'vendor=x,ot=rv:9b8233f7e3a151',
    ],
    ['of none', 'Accept: */*\r\n\r\n', ''],
    ['of an empty one', 'tracestate:\r\n\r\n', ''],
    ['of any case, without a carriage return', 'TraceState:a=1\n\n', 'a=1'],
    ['behind other names', 'x-tracestate: a=1\r\ntracestates: b=1\r\n\r\n', ''],
    ['with blanks and empty members', 'tracestate: \ta=1 ,,\t, b=2 \r\n\r\n', 'a=1,b=2'],
    ['with a blank and an at sign', 'tracestate: t61@rojo=a b,1a=0\r\n\r\n', 't61@rojo=a b,1a=0'],
    [
      'of several headers, in their order',
      'tracestate: a=1\r\nX: y\r\nTRACESTATE: b=2\r\n\r\n',
      'a=1,b=2',
    ],
    ['of 32 members', `tracestate: ${members(32)}\r\n\r\n`, members(32)],
    [
      'of long ones',
      `tracestate: ${'k'.repeat(256)}=${'v'.repeat(256)}\r\n\r\n`,
      `${'k'.repeat(256)}=${'v'.repeat(256)}`,
    ],
  ])('is its members: %s', (_, lines, expected) => {
    expect(read(lines)).toBe(expected)
  })

  it.each<[string, string]>([
    ['33 members', members(32)],
    ['33 members in two headers', `${members(20)}\r\ntracestate: ${members(12)}`],
    ['a member without a value', 'a=1,b='],
    ['a member without a key', 'a=1,=2'],
    ['a member without an equals sign', 'a=1,b'],
    ['two equals signs', 'a=1=2'],
    ['a key in upper case', 'A=1'],
    ['a key that is too long', `${'k'.repeat(257)}=1`],
    ['a value that is too long', `a=${'v'.repeat(257)}`],
    ['a tenant that is too long', `${'t'.repeat(242)}@v=1`],
    ['a vendor that is too long', `t@${'v'.repeat(15)}=1`],
    ['what is not ASCII', 'a=\xfc'],
    ['a control', 'a=\x01b'],
  ])('is left out as a whole where it has %s', (_, value) => {
    expect(read(`tracestate: b=1\r\ntracestate: ${value}\r\n\r\n`)).toBe('')
  })

  it.each([
    ['tracestate: a=1,b=2,c', 'a=1,b=2'],
    ['tracestate: a=1,b=2,', 'a=1,b=2'],
    ['tracestate: a=1', ''],
    ['tracestate: a=1\r\ntracestate: b=2,c=3', 'a=1,b=2'],
    ['tracestate', ''],
  ])('has only what is whole where the head is cut off: %j', (lines, expected) => {
    expect(read(lines)).toBe(expected)
  })
})

/** What the specification says of the values of headers, in words of its grammar. */
function byGrammar(values: readonly string[]): string {
  const key =
    /^([a-z0-9][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/
  const value = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/
  const all = values
    .flatMap((list) => list.split(','))
    .map((member) => member.replaceAll(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '')
  const valid = all.every((member) => {
    const equals = member.indexOf('=')
    return equals > 0 && key.test(member.slice(0, equals)) && value.test(member.slice(equals + 1))
  })
  return valid && all.length <= 32 ? all.join(',') : ''
}

it('reads a tracestate as its grammar says', () => {
  const random = new Random(11)
  const pieces = [
    ['a', '1b', 'ot', 'x_-*/9', 't@v', '@', '', 'A', 'k'.repeat(256), 't'.repeat(241), 'rv'],
    ['=', '=', '=', '=', '=', '=', '', '=='],
    [
      '1',
      'rv:9b8233f7e3a151',
      'th:c',
      'th:c;rv:9b8233f7e3a151',
      'a b',
      ' ',
      '',
      '\t',
      'v'.repeat(256),
    ],
    [',', ',', ',', ' , ', ',\t', ',,', ''],
  ]
  let valid = 0
  for (let i = 0; i < 20_000; i++) {
    const list = (): string =>
      Array.from({ length: random.below(4) }, () =>
        pieces.map((choices) => random.of(choices)).join(''),
      ).join('')
    const lists = Array.from({ length: 1 + random.below(2) }, list)
    const lines = lists
      .map((text) => `tracestate:${random.of(['', ' '])}${text}\r\n`)
      .join('X: y\r\n')
    const expected = byGrammar(lists)
    expect(read(`${lines}\r\n`), JSON.stringify(lists)).toBe(expected)
    const { randomness, hasThreshold, isEmpty } = state
    expect(isEmpty).toBe(expected === '')
    if (expected === '') continue
    valid++
    const told = randomness === -1 ? 0xabcdef1 : randomness
    expect(told).toBe(randomnessOf(`${'0'.repeat(18)}abcdef1${'0'.repeat(7)}`, expected))
    expect(hasThreshold).toBe(withoutThreshold(expected) !== expected)
  }
  expect(valid).toBeGreaterThan(2000)
})

function members(count: number): string {
  return Array.from({ length: count }, (_, i) => `k${i}=v`).join(',')
}

describe('the trace state of spans', () => {
  const head = headWith('tracestate: vendor=x, ot=th:c;rv:9b8233f7e3a151;x:1\r\n')
  const state = 'vendor=x,ot=rv:9b8233f7e3a151;x:1'

  it("is the request's at both ends, whole or encoded, and below them", () => {
    const exchanges: Exchange[] = [
      { head },
      { head, role: 'client' },
      { head, end: 'open', status: 0, responseEndNs: 15_000_000_000n },
    ]
    const spans = spansOf(exchanges)
    for (let i = 0; i < exchanges.length; i++) {
      expect(spans.at(i).traceState).toBe(state)
      expect(spans.traceState(i)).toBe(state)
    }
    expect(encodedAndDecoded(spans)).toEqual(exchanges.map(spanOf))
    const records = observationsOf([{ head, readNs: 5_000_500_000n }])
    const parts = queueSpans(new HttpExchangeView(), records, Uint32Array.of(0))
    expect(parts.map(({ traceState }) => traceState)).toEqual([state, state])
  })

  it('is without a threshold, which is told apart: here nothing was left out', () => {
    const alone = headWith('tracestate: ot=th:c\r\n')
    const spans = spansOf([{ head }, { head: alone }, {}])
    expect([0, 1, 2].map((i) => spans.traceState(i))).toEqual([state, '', ''])
    expect([0, 1, 2].map((i) => spans.upstreamThreshold(i))).toEqual(['c', 'c', ''])
  })

  it('is nothing without a valid traceparent', () => {
    for (const parent of ['', TRACEPARENT.replace('00-4b', 'ff-4b')]) {
      const span = spanOf({ head: head.replace(TRACEPARENT, parent) })
      expect([span.traceState, span.status.code]).toEqual(['', STATUS_CODE.unset])
    }
  })

  it('is read also where the traceparent stood behind what is kept of the head', () => {
    const more = { trace: TRACEPARENT.trimEnd() }
    const lines = `X: ${'y'.repeat(512)}`
    const cut = `GET / HTTP/1.1\r\ntracestate: a=1\r\n${lines}`.slice(0, 512)
    expect(spanOf({ head: cut, headBytes: 900, more }).traceState).toBe('a=1')
  })
})
