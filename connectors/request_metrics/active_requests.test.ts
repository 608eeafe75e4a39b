import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Metrics, NumberPoint } from '../../src/pdata/metrics.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import { bank, Fed, type Request, shop } from './requests_for_tests.ts'

const NOW_MS = 1_790_000_100_000
const SERVER = 'http.server.active_requests'
const CLIENT = 'http.client.active_requests'
const MISSED = 'waggle.request_metrics.active_requests.missed'
const ON = { [SERVER]: { enabled: true }, [CLIENT]: { enabled: true } }

/** A connector that counts requests in flight. */
function fedWith(options: object = {}): Fed {
  return new Fed({ metrics: ON, ...options })
}

/** The data points of a metric of all batches so far. */
function pointsOf(batches: readonly Metrics[], name = SERVER): NumberPoint[] {
  return batches
    .flatMap(({ groups }) => groups)
    .flatMap(({ metrics }) => metrics)
    .flatMap((metric) => (metric.name === name ? (metric.data.points as NumberPoint[]) : []))
}

/** `at` seconds after the beginning, as what is told, each value with its instant. */
function valuesOf(fed: Fed, name = SERVER): [seconds: number, value: unknown][] {
  return pointsOf(fed.batches, name).map(({ timeNs, value }) => [
    (Number(timeNs / 1_000_000n) - NOW_MS) / 1000,
    value,
  ])
}

/** A request from `from` to `to`, in seconds after the beginning. */
function request(from: number, to: number, more: Request = {}): Request {
  return { beganMs: NOW_MS + from * 1000, ms: (to - from) * 1000, ...more }
}

/** Of the same, that it is open at `to`. */
function report(from: number, to: number, more: Request = {}): Request {
  return request(from, to, { ...more, open: true })
}

const seconds = (count: number): void => void vi.advanceTimersByTime(count * 1000)

beforeEach(() => void vi.useFakeTimers({ now: NOW_MS }))
afterEach(() => void vi.useRealTimers())

describe('requests in flight', () => {
  it('are an up-down counter of the conventions, told for a moment 15 s ago', () => {
    const fed = fedWith()
    seconds(1)
    fed.take([request(-1, 1), request(0, 0.5), request(0.1, 1)])
    seconds(14)
    const [group] = fed.batches[0]!.groups
    const startNs = BigInt(NOW_MS) * 1_000_000n
    expect(group!.metrics.at(-1)).toEqual({
      name: SERVER,
      description: 'Number of active HTTP server requests.',
      unit: '{request}',
      data: {
        type: 'sum',
        temporality: 2,
        monotonic: false,
        points: [
          {
            attributes: { 'http.request.method': 'GET', 'url.scheme': 'http' },
            startNs,
            timeNs: startNs,
            exemplars: [],
            value: 2,
          },
        ],
      },
    })
    fed.end()
  })

  it('are not told unless asked for, and of one end only where that is asked for', () => {
    const names = (fed: Fed): string[] => {
      fed.take([request(0, 1), request(0, 1, { client: true })])
      seconds(30)
      const all = fed.batches.flatMap(({ groups }) => groups).flatMap(({ metrics }) => metrics)
      fed.end()
      return [...new Set(all.map(({ name }) => name))].filter((name) => name.includes('active'))
    }
    expect(names(new Fed())).toEqual([])
    expect(names(new Fed({ metrics: { [SERVER]: { enabled: true } } }))).toEqual([SERVER])
    expect(names(new Fed({ metrics: { [CLIENT]: { enabled: true } } }))).toEqual([CLIENT])
  })

  it('are those that had begun and not ended', () => {
    const fed = fedWith({ metrics_flush_interval: '5s' })
    seconds(12)
    fed.take([request(5, 5.1), request(4.9, 5), request(4, 6), request(6, 9.9), request(4, 11)])
    seconds(22)
    expect(valuesOf(fed)).toEqual([
      [0, 0],
      [5, 3],
      [10, 1],
      [15, 0],
    ])
    fed.end()
  })

  it('are counted while they are open, from the report on until they end', () => {
    const fed = fedWith()
    seconds(11)
    fed.take([report(-0.1, 11)])
    seconds(11)
    fed.take([report(-0.1, 22)])
    seconds(19)
    fed.take([report(-0.1, 41)])
    seconds(9)
    fed.take([request(-0.1, 50)])
    seconds(39)
    expect(valuesOf(fed)).toEqual([
      [0, 1],
      [15, 1],
      [30, 1],
      [45, 1],
      [60, 0],
    ])
    expect(fed.account).toMatchObject({
      'waggle.request_metrics.open': 0,
      'waggle.request_metrics.ignored': 0,
      [`${MISSED} late`]: 0,
      [`${MISSED} lost`]: 0,
    })
    fed.end()
  })

  it('are given up, and counted, when neither their end nor a later report comes', () => {
    const fed = fedWith()
    seconds(12)
    fed.take([report(0, 12), report(0, 12, { spanId: '000000000000000a' })])
    seconds(10)
    fed.take([report(0, 22)])
    expect(fed.account['waggle.request_metrics.open']).toBe(2)
    seconds(68)
    // One is due by 2 x 12 + 15 s, the other one by 2 x 22 + 15 s.
    expect(valuesOf(fed)).toEqual([
      [0, 2],
      [15, 2],
      [30, 1],
      [45, 0],
      [60, 0],
      [75, 0],
    ])
    expect(fed.account).toMatchObject({ 'waggle.request_metrics.open': 0, [`${MISSED} lost`]: 2 })
    fed.end()
  })

  it('are counted as late when a moment was told without them', () => {
    const fed = fedWith()
    seconds(50)
    const spanId = '000000000000000a'
    fed.take([request(5, 49), report(16, 49, { spanId }), request(16, 29), request(29, 31)])
    seconds(10)
    fed.take([request(16, 59, { spanId })])
    expect(fed.account[`${MISSED} late`]).toBe(3)
    fed.end()
  })

  it('count for as many as they stand for', () => {
    const more = { 'waggle.sampling.adjusted_count': 4 }
    const fed = fedWith()
    seconds(11)
    fed.take([report(-1, 11, { more, spanId: '000000000000000a' }), request(-1, 2, { more }), {}])
    seconds(4)
    expect(valuesOf(fed)).toEqual([[0, 8]])
    fed.end()
  })

  it('are told apart by what is known before the answer', () => {
    const attributesAfter = (requests: readonly Request[], options: object): Attributes[] => {
      const fed = fedWith(options)
      fed.take(requests)
      seconds(15)
      fed.end()
      return [SERVER, CLIENT].flatMap((name) =>
        pointsOf(fed.batches, name).map(({ attributes }) => attributes),
      )
    }
    const requests = [{ status: 200 }, { status: 500, path: '/x' }, { client: true }]
    const server = { 'http.request.method': 'GET', 'url.scheme': 'http' }
    const address = { 'server.address': 'shop', 'server.port': 8080 }
    expect(attributesAfter(requests, {})).toEqual([server, { ...server, ...address }])
    const dimensions = ['server.address', 'url.template']
    expect(attributesAfter(requests, { dimensions })).toEqual([
      { ...server, 'server.address': 'shop' },
      { ...server, ...address },
    ])
    expect(
      attributesAfter(requests, { exclude_dimensions: ['url.scheme', 'server.port'] }),
    ).toEqual([
      { 'http.request.method': 'GET' },
      { 'http.request.method': 'GET', 'server.address': 'shop' },
    ])
  })

  it('are summed up in one where there are too many series', () => {
    const fed = fedWith({ aggregation_cardinality_limit: 2 })
    seconds(11)
    const methods = ['GET', 'PUT', 'POST', 'PATCH']
    fed.take(methods.map((method, i) => report(-1, 11, { method, spanId: `${i}` })))
    seconds(4)
    const points = pointsOf(fed.batches)
    const rows = points.map(({ attributes, value }) => [attributes['http.request.method'], value])
    expect(new Set(rows)).toEqual(
      new Set([
        ['GET', 1],
        ['PUT', 1],
        [undefined, 2],
      ]),
    )
    expect(points.at(-1)!.attributes).toEqual({ 'otel.metric.overflow': true })
    fed.end()
  })

  it('stay cumulative where deltas are asked for, and are 0 while there are none', () => {
    const fed = fedWith({ aggregation_temporality: 'delta' })
    seconds(1)
    fed.take([request(-1, 1)])
    seconds(29)
    expect(valuesOf(fed)).toEqual([
      [0, 1],
      [15, 0],
    ])
    fed.end()
  })

  it('are told no more of a series that had none for long, and of one that has some', () => {
    const fed = fedWith({ metrics_expiration: '30s' })
    seconds(11)
    fed.take([request(10, 11), report(0, 11, { method: 'PUT' })])
    seconds(4)
    expect(valuesOf(fed)).toHaveLength(2)
    for (const age of [20, 40, 80, 160]) {
      fed.take([report(0, age, { method: 'PUT' })])
      seconds(age / 2)
    }
    const { attributes, value } = pointsOf(fed.batches.slice(-1))[0]!
    expect([attributes['http.request.method'], value]).toEqual(['PUT', 1])
    expect(pointsOf(fed.batches.slice(-1))).toHaveLength(1)
    expect(fed.account['waggle.request_metrics.resources']).toBe(1)
    seconds(300)
    expect(fed.account['waggle.request_metrics.resources']).toBe(0)
    fed.end()
  })

  it('are told also where series are given up before that', () => {
    const fed = fedWith({ metrics_expiration: '1s', metrics_flush_interval: '5s' })
    seconds(1)
    fed.take([request(-1, 1)])
    seconds(14)
    expect(valuesOf(fed)).toEqual([[0, 1]])
    fed.end()
  })

  it('are not followed any more when their resource has to make room', () => {
    const fed = fedWith({ resource_metrics_cache_size: 1 })
    seconds(11)
    fed.take([report(0, 11)], bank)
    fed.take([request(0, 1)], shop)
    seconds(4)
    expect(valuesOf(fed)).toEqual([[0, 1]])
    expect(fed.account).toMatchObject({ 'waggle.request_metrics.open': 0, [`${MISSED} lost`]: 1 })
    fed.end()
  })

  it('are told again after the clock was set back', () => {
    const fed = fedWith()
    seconds(30)
    vi.setSystemTime(NOW_MS - 3_600_000)
    seconds(15)
    fed.batches.length = 0
    fed.take([request(-3600 + 14, -3600 + 16)])
    seconds(30)
    expect(valuesOf(fed)).toEqual([
      [-3600 + 15, 1],
      [-3600 + 30, 0],
    ])
    fed.end()
  })
})

/** Numbers from 0 to 1, the same in each run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

interface Exchange {
  readonly resource: Resource
  readonly method: string
  readonly from: number
  readonly to: number
  readonly spanId: string
}

/** What is sent of an exchange, and when: reports as the kernel makes them, and the end. */
function sendings(exchange: Exchange, random: () => number): [at: number, request: Request][] {
  const { from, to, method, spanId } = exchange
  const walks = Array.from({ length: 8 }, (_, n) => from + 10 * 2 ** n + 2 * random())
  return [
    ...walks
      .filter((at) => at < to)
      .map((at): [number, Request] => [arrival(at), report(from, at, { method, spanId })]),
    [arrival(to), request(from, to, { method, spanId })],
  ]
}

/** What happens comes here twice a second, in its order. */
function arrival(at: number): number {
  return Math.ceil(at * 2) / 2 + 0.3
}

describe('the number of requests in flight', () => {
  it.each([
    ['200ms', 1],
    ['1s', 2],
    ['4s', 3],
    ['10s', 4],
    ['15s', 5],
    ['60s', 6],
  ])('is exact at each moment that is told, with flushes every %s', (every, seed) => {
    const random = numbers(seed)
    const exchanges = Array.from({ length: 600 }, (_, i): Exchange => {
      const from = random() * 240
      const to = from + (random() < 0.5 ? random() / 10 : random() ** 4 * 200)
      const resource = random() < 0.5 ? shop : bank
      return { resource, method: random() < 0.7 ? 'GET' : 'PUT', from, to, spanId: `${i}` }
    })
    const sent = exchanges
      .flatMap((exchange) => sendings(exchange, random).map((one) => ({ one, exchange })))
      .toSorted((a, b) => a.one[0] - b.one[0])
    const fed = fedWith({ metrics_flush_interval: every, metrics_expiration: '0s' })
    let now = 0
    for (const { one, exchange } of sent) {
      vi.advanceTimersByTime((one[0] - now) * 1000)
      now = Math.max(now, one[0])
      fed.take([one[1]], exchange.resource)
    }
    seconds(100)
    const told = fed.batches.flatMap(({ groups }) =>
      groups.flatMap(({ resource, metrics }) =>
        pointsOf([{ groups: [{ resource, metrics }] } as unknown as Metrics]).map((point) => ({
          resource,
          ...point,
        })),
      ),
    )
    expect(told.length).toBeGreaterThan(10)
    for (const { resource, attributes, timeNs, value } of told) {
      const at = Number(timeNs - BigInt(NOW_MS) * 1_000_000n) / 1e9
      const inFlight = exchanges.filter(
        (one) =>
          one.resource === resource &&
          one.method === attributes['http.request.method'] &&
          one.from <= at &&
          at < one.to,
      )
      expect(value, `at ${at}`).toBe(inFlight.length)
    }
    expect(fed.account).toMatchObject({
      'waggle.request_metrics.open': 0,
      [`${MISSED} late`]: 0,
      [`${MISSED} lost`]: 0,
    })
    const times = [...new Set(told.map(({ timeNs }) => timeNs))]
    const gaps = times.slice(1).map((time, i) => Number(time - times[i]!) / 1e9)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.max(1, Number.parseInt(every, 10) % 200))
    fed.end()
  })
})
