import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import type { Settings } from '../../src/component/settings.ts'
import { FakeClock } from '../../src/helpers/fixtures.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { Span } from '../../src/pdata/traces.ts'
import { samplerConfig, type SamplerConfig } from './config.ts'
import { sampler } from './index.ts'
import { SamplerProcessor } from './processor.ts'
import { error, groupOf, lasting, spanOf, spansIn, statesIn, tracesOf } from './spans_for_tests.ts'

lifecycleTest(sampler)

interface Running {
  /** Hands a batch in; returns what comes out, undefined where nothing does. */
  take: (batch: Traces) => Traces | undefined
  settings: Settings
  clock: FakeClock
  logged: () => string[]
  processor: SamplerProcessor
}

function run(options: Partial<Record<keyof SamplerConfig, unknown>>): Running {
  const lines: string[] = []
  const settings = testSettings(sampler, { write: (line) => lines.push(line) })
  const clock = new FakeClock()
  const processor = new SamplerProcessor(settings, samplerConfig.parse(options), clock)
  return {
    settings,
    clock,
    processor,
    logged: () => lines.map(sentence),
    take: (batch) => {
      let out: Batch[] = []
      of<Batch>(batch)
        .pipe(processor.operator, toArray())
        .subscribe((batches) => (out = batches))
      expect(out.length).toBeLessThanOrEqual(1)
      return out[0] as Traces | undefined
    },
  }
}

/** `error: Dropping data. {…}`, with the fields that are the line's own. */
function sentence(line: string): string {
  const { level, msg, reason, items, spans_per_second } = JSON.parse(line) as {
    level: number
    msg: string
    [field: string]: unknown
  }
  return `${level >= 50 ? 'error' : 'info'}: ${msg} ${JSON.stringify({ reason, items, spans_per_second })}`
}

const dropped = ({ settings }: Running): [string, number][] => [...settings.counters.dropped]

describe('the share of traces', () => {
  it('is those whose randomness is at least the threshold, which each of them carries', () => {
    const running = run({ sampling_percentage: 25 })
    const batch = tracesOf(['0000000', 'bffffff', 'c000000', 'fffffff'].map((r) => spanOf(r)))
    expect(statesIn(running.take(batch))).toEqual(['c0 ot=th:c', 'ff ot=th:c'])
    expect(dropped(running)).toEqual([['not_sampled', 2]])
  })

  it('is everything at 100 %, and nothing at 0 %', () => {
    const spans = ['0000000', 'fffffff'].map((r) => spanOf(r))
    expect(statesIn(run({}).take(tracesOf(spans)))).toEqual(['00 ot=th:0', 'ff ot=th:0'])
    expect(run({ sampling_percentage: 0 }).take(tracesOf(spans))).toBeUndefined()
  })

  it('follows an explicit randomness', () => {
    const traceState = 'ot=rv:ffffffffffffff'
    const kept = run({ sampling_percentage: 25 }).take(
      tracesOf([spanOf('0000000', { traceState })]),
    )
    expect(statesIn(kept)).toEqual(['00 ot=th:c;rv:ffffffffffffff'])
  })

  it('leaves what was sampled before with a smaller share as it is', () => {
    const traceState = 'ot=th:f'
    const kept = run({ sampling_percentage: 25 }).take(
      tracesOf([spanOf('f000000', { traceState })]),
    )
    expect(statesIn(kept)).toEqual(['f0 ot=th:f'])
  })

  it.each([50, 10, 1, 0.1])('is %d %% of many', (percentage) => {
    const count = 200_000
    const golden = 0x9e3779b1
    const spans = Array.from({ length: count }, (_, i) =>
      spanOf((Math.imul(i, golden) >>> 4).toString(16).padStart(7, '0')),
    )
    const kept = run({ sampling_percentage: percentage }).take(tracesOf(spans))!.itemCount
    expect(kept / count / (percentage / 100)).toBeCloseTo(1, 1)
  })
})

it('hands on the totals of exchanges without a span as they are', () => {
  const totals = [{ resource: new Resource({}), totals: [] }]
  const running = run({ sampling_percentage: 25 })
  const batchOf = (...names: string[]) =>
    new Traces(tracesOf(names.map((r) => spanOf(r))).groups, new Delivery(), totals)
  expect(running.take(batchOf('0000000', 'fffffff'))?.totals).toBe(totals)
  const none = running.take(batchOf('0000000'))!
  expect([none.itemCount, none.totals, none.delivery.settled]).toEqual([0, totals, false])
  expect(dropped(running)).toEqual([['not_sampled', 2]])
})

describe('errors and slow spans', () => {
  it('are kept whatever their trace, and count as themselves alone', () => {
    const running = run({ sampling_percentage: 25, latency_threshold: '5ms' })
    const spans = [
      spanOf('0000001', error),
      spanOf('1000001', lasting(5)),
      spanOf('2000001', lasting(4.999_999)),
      spanOf('d000001', error),
    ]
    expect(statesIn(running.take(tracesOf(spans)))).toEqual([
      '00 ot=th:0',
      '10 ot=th:0',
      'd0 ot=th:0',
    ])
    expect(dropped(running)).toEqual([['not_sampled', 1]])
  })

  it('are as others where they are not asked for', () => {
    const running = run({ sampling_percentage: 25, always_sample_errors: false })
    const spans = [spanOf('0000001', error), spanOf('0000001', lasting(60_000))]
    expect(running.take(tracesOf([...spans, spanOf('d000001', error)]))?.itemCount).toBe(1)
  })
})

describe('traces that were sampled elsewhere', () => {
  const spans = [spanOf('0000001', { flags: 1 }), spanOf('1000001', { flags: 2 })]

  it('are kept where their flag is respected, and their share stays unknown', () => {
    const running = run({ sampling_percentage: 25, respect_sampled_flag: true })
    expect(statesIn(running.take(tracesOf(spans)))).toEqual(['00 '])
  })

  it('name the share of who flagged them where that is known, unless there was a limit', () => {
    const known = (): Traces => {
      const group = groupOf([spanOf('9000001', { flags: 1 }), spanOf('c000001', { flags: 0 })])
      const list = Object.assign(group.spans, { upstreamThreshold: () => '8' })
      return new Traces([{ ...group, spans: list }], new Delivery())
    }
    const options = { sampling_percentage: 25, respect_sampled_flag: true }
    expect(statesIn(run(options).take(known()))).toEqual(['90 ot=th:8', 'c0 ot=th:c'])
    const limited = run({ ...options, spans_per_second: 1 })
    expect(statesIn(limited.take(known()))).toEqual(['90 '])
  })

  it('are judged by the randomness in their trace state where there is one', () => {
    const running = run({ sampling_percentage: 25 })
    const states = ['ot=rv:c0000000000000', 'ot=rv:b0000000000000', '']
    const traces = tracesOf(states.map((traceState) => spanOf('0000001', { traceState })))
    expect(statesIn(running.take(traces))).toEqual(['00 ot=th:c;rv:c0000000000000'])
  })

  it('are as others where it is not', () => {
    expect(run({ sampling_percentage: 25 }).take(tracesOf(spans))).toBeUndefined()
  })
})

describe('a batch', () => {
  it('keeps its groups, but for those of which nothing is kept', () => {
    const running = run({ sampling_percentage: 25 })
    const groups = [
      groupOf([spanOf('0000000'), spanOf('c000000')], 'a'),
      groupOf([spanOf('0000000')], 'b'),
      groupOf([], 'c'),
      groupOf([spanOf('d000000'), spanOf('0000000'), spanOf('e000000')], 'd'),
    ]
    const kept = running.take(new Traces(groups, new Delivery()))!
    expect(kept.groups.map(({ resource }) => resource)).toEqual([
      groups[0]!.resource,
      groups[3]!.resource,
    ])
    expect(statesIn(kept)).toEqual(['c0 ot=th:c', 'd0 ot=th:c', 'e0 ot=th:c'])
    expect(dropped(running)).toEqual([['not_sampled', 3]])
  })

  it('is settled by whoever takes what is kept, and here where nothing is', () => {
    const { take } = run({ sampling_percentage: 25 })
    const outcomes: Outcome[] = []
    const delivery = (): Delivery => new Delivery((outcome) => outcomes.push(outcome))
    const kept = take(tracesOf([spanOf('0000000'), spanOf('c000000')], delivery()))
    expect(outcomes).toEqual([])
    kept!.delivery.settle({ kind: 'refused', reason: 'queue_full' })
    take(tracesOf([spanOf('0000000')], delivery()))
    take(tracesOf([], delivery()))
    expect(outcomes).toEqual([
      { kind: 'refused', reason: 'queue_full' },
      { kind: 'accepted' },
      { kind: 'accepted' },
    ])
  })

  it('may be larger than any before', () => {
    const { take } = run({ sampling_percentage: 50 })
    const many = (count: number): Span[] =>
      Array.from({ length: count }, (_, i) => spanOf(i % 2 === 0 ? '0000000' : '8000000'))
    expect([10, 5000, 20, 50_000].map((count) => take(tracesOf(many(count)))?.itemCount)).toEqual([
      5, 2500, 10, 25_000,
    ])
  })
})

describe('the limit of spans in a second', () => {
  it('takes errors and slow spans first, counts what it leaves out, and names no share then', () => {
    const running = run({ sampling_percentage: 25, spans_per_second: 3 })
    const spans = [
      spanOf('c000000'),
      spanOf('0000000'),
      spanOf('d000000'),
      spanOf('0100000', error),
      spanOf('e000000', error),
    ]
    expect(statesIn(running.take(tracesOf(spans)))).toEqual(['c0 ', '01 ', 'e0 '])
    expect(dropped(running)).toEqual([
      ['not_sampled', 1],
      ['rate_limited', 1],
    ])
    expect(running.take(tracesOf(spans))).toBeUndefined()
    expect(dropped(running)).toEqual([
      ['not_sampled', 2],
      ['rate_limited', 5],
    ])
  })

  it('leaves out errors too where there are more of them', () => {
    const running = run({ spans_per_second: 2 })
    const spans = ['0000000', '1000000', '2000000'].map((r) => spanOf(r, error))
    expect(spansIn(running.take(tracesOf(spans)))).toEqual(spans.slice(0, 2))
  })

  it('says when it begins and when it has ended', async () => {
    const running = run({ spans_per_second: 2 })
    const spans = ['0000000', '1000000', '2000000'].map((r) => spanOf(r))
    running.take(tracesOf(spans))
    running.take(tracesOf(spans))
    await running.clock.advance(6_000)
    expect(statesIn(running.take(tracesOf(spans.slice(0, 2))))).toEqual([
      '00 ot=th:0',
      '10 ot=th:0',
    ])
    expect(running.logged()).toEqual([
      'error: Dropping data. {"reason":"rate_limited","spans_per_second":2}',
      'info: No longer dropping data. {"reason":"rate_limited","items":4}',
    ])
  })

  it('says at the end what it has left out', async () => {
    const running = run({ spans_per_second: 1 })
    running.take(tracesOf([spanOf('0000000'), spanOf('1000000')]))
    await running.processor.shutdown()
    expect(running.logged()).toEqual([
      'error: Dropping data. {"reason":"rate_limited","spans_per_second":1}',
      'info: No longer dropping data. {"reason":"rate_limited","items":1}',
    ])
  })
})
