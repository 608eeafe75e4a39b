import { describe, expect, it } from 'vitest'
import { byteSize } from './batch_size.ts'
import { ACCEPTED, Delivery, type Outcome } from './delivery.ts'
import type { ExchangeTotal, TotalGroup } from './exchange_totals.ts'
import { Logs } from './logs.ts'
import { LogArray } from './log_array.ts'
import { mergeBatches, type OtlpBatch } from './merge_batches.ts'
import { counter, histogram, histogramPoint, metricsOf, numberPoint } from './metrics_for_tests.ts'
import { encodeBatch } from './otlp_encode.ts'
import { readRequest, type Signal } from './otlp_request.ts'
import { ProtoWriter } from './proto_writer.ts'
import { cases, randomRequest, rowsOf } from './random_requests_for_tests.ts'
import { bank, groupOf, namesOf, scope, shop, tracesOf } from './spans_for_tests.ts'
import { splitBatch } from './split_batch.ts'
import { Traces } from './traces.ts'

function encode(batch: OtlpBatch): Buffer {
  const out = new ProtoWriter(16)
  encodeBatch(batch, out)
  return out.toBytes()
}

function read(signal: Signal, seed: number, delivery = new Delivery()): OtlpBatch {
  return readRequest(signal, randomRequest(signal, seed), delivery)
}

/** Rows in an order that does not depend on how they are grouped. */
function sorted(signal: Signal, ...bodies: readonly Buffer[]): string[] {
  const rows = bodies.flatMap((body) => rowsOf(signal, body))
  return rows.map((row) => JSON.stringify(row)).sort()
}

function logsOf(texts: string, resource = shop): Logs {
  const records = [...texts].map((text) => ({
    timeNs: 1n,
    observedNs: 2n,
    severity: 9,
    severityText: 'INFO',
    body: text,
    attributes: { text },
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
  }))
  return new Logs([{ resource, scope, logs: new LogArray(records) }], new Delivery())
}

const textOf = ({ groups }: Logs): string =>
  groups
    .map(({ logs }) => Array.from({ length: logs.length }, (_, i) => logs.body(i)).join(''))
    .join(' ')

describe('merged batches', () => {
  it.each(cases(10))('of %s have all items of each, once (%i)', (signal, seed) => {
    const parts = [seed, seed + 1, seed].map((one) => read(signal, one))
    const merged = mergeBatches(parts)
    expect(merged.itemCount).toBe(parts.reduce((sum, { itemCount }) => sum + itemCount, 0))
    const bodies = parts.map(({ encoded }) => encoded!)
    expect(sorted(signal, encode(merged))).toEqual(sorted(signal, ...bodies))
  })

  it.each(cases(10))('of %s are split without a loss (%i)', (signal, seed) => {
    const merged = mergeBatches([seed, seed + 1].map((one) => read(signal, one)))
    if (merged.itemCount < 2) return
    const [head, rest] = splitBatch(merged, merged.itemCount >> 1)
    expect(head.itemCount + rest!.itemCount).toBe(merged.itemCount)
    expect(head.itemCount).toBe(merged.itemCount >> 1)
    if (signal === 'metrics') return
    expect(sorted(signal, encode(head), encode(rest!))).toEqual(sorted(signal, encode(merged)))
  })

  it('have each resource and scope once', () => {
    const merged = mergeBatches([
      tracesOf([groupOf('ab', shop), groupOf('x', bank)]),
      tracesOf([groupOf('y', bank), groupOf('cd', shop)]),
    ])
    expect(namesOf(merged)).toBe('abcd xy')
    const logs = mergeBatches([logsOf('ab'), logsOf('x', bank), logsOf('cd')])
    expect(textOf(logs)).toBe('abcd x')
    expect(logs.groups[0]!.logs.attribute(3, 'text')).toBe('d')
    expect(
      textOf(
        new Logs([{ ...logs.groups[0]!, logs: logs.groups[0]!.logs.slice(1, 3) }], logs.delivery),
      ),
    ).toBe('bc')
  })

  it('settle the delivery of each', () => {
    const told: Outcome[] = []
    const delivery = () => new Delivery((outcome) => void told.push(outcome))
    mergeBatches([tracesOf('a', delivery()), tracesOf('b', delivery())]).delivery.settle(ACCEPTED)
    expect(told).toEqual([ACCEPTED, ACCEPTED])
  })

  it('are the batch itself where there is only one', () => {
    const lone = read('traces', 1)
    expect(mergeBatches([lone])).toBe(lone)
  })
})

describe('totals of exchanges without a span', () => {
  const total = (method: string, count: number) => ({ method, count }) as ExchangeTotal
  const [gets, puts, more] = [total('GET', 3), total('PUT', 4), total('GET', 5)]
  const withTotals = (names: string, totals: TotalGroup[], delivery = new Delivery()) =>
    new Traces(names === '' ? [] : [groupOf(names)], delivery, totals)

  it('are all in a merged batch, those of a resource together', () => {
    const merged = mergeBatches([
      withTotals('ab', [{ resource: shop, totals: [gets] }]),
      withTotals('', [
        { resource: bank, totals: [puts] },
        { resource: shop, totals: [more] },
      ]),
      tracesOf('c'),
    ])
    expect(namesOf(merged)).toBe('abc')
    expect(merged.totals).toEqual([
      { resource: shop, totals: [gets, more] },
      { resource: bank, totals: [puts] },
    ])
  })

  it('are there once after a batch is split, however often, and merged again', () => {
    const totals = [{ resource: shop, totals: [gets] }]
    const outcomes: Outcome[] = []
    const delivery = new Delivery((outcome) => void outcomes.push(outcome))
    const [head, rest] = splitBatch(withTotals('abcd', totals, delivery), 1)
    const [next, last] = splitBatch(rest!, 2)
    expect([head.totals, next.totals, last!.totals]).toEqual([totals, [], []])
    const merged = mergeBatches([next, head, last!])
    expect(merged.totals).toEqual(totals)
    merged.delivery.settle(ACCEPTED)
    expect(outcomes).toEqual([ACCEPTED])
    expect(splitBatch(withTotals('ab', totals), 2)[0].totals).toBe(totals)
  })
})

describe('the size of a batch in bytes', () => {
  it.each(cases(10))('of %s is exact while it is as it came (%i)', (signal, seed) => {
    const batch = read(signal, seed)
    expect(byteSize(batch)).toBe(batch.encoded!.length)
  })

  it.each(cases(10))('of %s is nearly exact when it is made of such (%i)', (signal, seed) => {
    const merged = mergeBatches([seed, seed + 1].map((one) => read(signal, one)))
    const exact = encode(merged).length
    const groups = merged.groups.length
    expect(byteSize(merged)).toBeGreaterThanOrEqual(exact - 8 * groups)
    expect(byteSize(merged)).toBeLessThanOrEqual(exact + 16 * groups + merged.itemCount * 8)
  })

  it('is near enough when it is not bytes yet', () => {
    const points = Array.from({ length: 200 }, (_, i) => numberPoint(i, { code: i }))
    const histograms = Array.from({ length: 20 }, (_, i) => histogramPoint({ attributes: { i } }))
    const batches = [
      tracesOf('abcdefghijklmnopqrstuvwxyz'),
      logsOf('abcdefghijklmnopqrstuvwxyz'),
      metricsOf([counter('requests', points), histogram('duration', histograms)]),
    ]
    for (const batch of batches) {
      expect(byteSize(batch) / encode(batch).length).toBeCloseTo(1, 1)
    }
    expect(byteSize(tracesOf(''))).toBeLessThan(100)
  })
})
