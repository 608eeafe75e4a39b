import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { exchangeAt } from './guest/exchanges.ts'
import type { Found } from './guest/matrix.ts'
import { judge } from './judge.ts'

const MADE = 60
const SERVER_PID = 20
const CLIENT_PID = 30

interface Told {
  readonly index: number
  readonly kind: 'server' | 'client'
  readonly status?: number
  readonly pid?: number
  readonly trace?: number
}

const id = (length: number, number: number): string =>
  (number + 1).toString(16).padStart(length, '0')

/** A span as the agent's file exporter writes it. */
function spanOf({ index, kind, status, pid, trace = index }: Told): unknown {
  const { method, path, status: right } = exchangeAt(index)
  const isServer = kind === 'server'
  const attribute = (key: string, value: unknown): unknown => ({ key, value })
  const url = isServer ? ['url.path', path] : ['url.full', `http://127.0.0.1:8080${path}`]
  const span = {
    traceId: id(32, trace),
    spanId: id(16, isServer ? 5000 + index : index),
    ...(isServer && { parentSpanId: id(16, index) }),
    name: method,
    kind: isServer ? 2 : 3,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000000000000001',
    attributes: [
      attribute('http.request.method', { stringValue: method }),
      attribute(url[0] as string, { stringValue: url[1] }),
      attribute('http.response.status_code', { intValue: String(status ?? right) }),
    ],
  }
  const owner = pid ?? (isServer ? SERVER_PID : CLIENT_PID)
  const resource = { attributes: [attribute('process.pid', { intValue: String(owner) })] }
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'a' }, spans: [span] }] }] }
}

function found(told: readonly Told[]): Found {
  const lines = told.map((one) => `${JSON.stringify(spanOf(one))}\n`).join('')
  const ended = { code: 0, output: '' }
  return {
    release: '6.1.0',
    programs: [],
    preflight: ended,
    agent: ended,
    client: { ...ended, pid: CLIENT_PID },
    server: { pid: SERVER_PID },
    spans: gzipSync(lines).toString('base64'),
    metrics: '',
    networkAtRest: '',
    network: '',
    loss: { ends: [], retransmits: 0 },
    container: {} as Found['container'],
    seconds: {},
  }
}

const all: readonly Told[] = Array.from({ length: MADE }, (_, index) => [
  { index, kind: 'client' as const },
  { index, kind: 'server' as const },
]).flat()

/** All spans but those of one exchange's end, which are replaced. */
function instead(of: Told, ...others: readonly Told[]): Told[] {
  return [...all.filter(({ index, kind }) => index !== of.index || kind !== of.kind), ...others]
}

const closing = { closing: 1, closingRight: 1 }
const right = { server: 60, client: 60, joined: 60, withProcess: 120, ...closing }

describe('the spans of a guest', () => {
  it('are right when each exchange has the two it should have', () => {
    expect(judge(found(all), MADE)).toEqual({ ...right, faults: [] })
  })

  it('are wrong where one is missing', () => {
    expect(judge(found(instead({ index: 39, kind: 'server' })), MADE)).toEqual({
      ...right,
      server: 59,
      joined: 59,
      withProcess: 119,
      closingRight: 0,
      faults: ['no server span for PATCH /items/39'],
    })
  })

  it('are wrong where one says another status', () => {
    const wrong: Told = { index: 1, kind: 'client', status: 500 }
    expect(judge(found(instead(wrong, wrong)), MADE)).toEqual({
      ...right,
      client: 59,
      joined: 59,
      withProcess: 119,
      faults: ['a client span says POST /items/1 500, not POST /items/1 201'],
    })
  })

  it('are wrong where there are two of one, or one of nothing', () => {
    const twice: Told = { index: 2, kind: 'server' }
    const extra: Told = { index: 7000, kind: 'server' }
    expect(judge(found([...all, twice, extra]), MADE)).toEqual({
      ...right,
      server: 59,
      joined: 59,
      withProcess: 119,
      faults: ['2 server spans of /items/2', '1 server span of something else'],
    })
  })

  it('are not joined when their traces differ', () => {
    const apart: Told = { index: 4, kind: 'client', trace: 9999 }
    expect(judge(found(instead(apart, apart)), MADE)).toEqual({ ...right, joined: 59, faults: [] })
  })

  it('are counted without their process where they name another one', () => {
    const stranger: Told = { index: 5, kind: 'client', pid: 1 }
    expect(judge(found(instead(stranger, stranger)), MADE)).toMatchObject({ withProcess: 119 })
  })
})
