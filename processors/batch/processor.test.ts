import { from, map, of, Subject, take } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it, vi } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED, Delivery } from '../../src/pdata/delivery.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import type { Logs } from '../../src/pdata/logs.ts'
import { counter, metricsOf, numberPoint } from '../../src/pdata/metrics_for_tests.ts'
import { readRequest } from '../../src/pdata/otlp_request.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { encodeRequest } from '../../test/kit/otlp.ts'
import { byteSize } from '../../src/pdata/batch_size.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { batchConfig } from './config.ts'
import { batch as factory } from './index.ts'
import { batch, BatchProcessor } from './processor.ts'
import type { BatchOptions } from './processor.ts'
import { bank, groupOf, namesOf, shop, tracesOf } from '../../src/pdata/spans_for_tests.ts'

const defaults = { sendBatchSize: 4, timeoutMs: 5, sendBatchMaxSize: 0 }

/**
 * Runs marbles through `batch`: each letter of `source` and `expected` stands for a batch whose spans
 * `values` names.
 */
function marbles(
  source: string,
  expected: string,
  values: Record<string, string>,
  options: Partial<BatchOptions> = {},
): void {
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted))
  scheduler.run(({ cold, expectObservable }) => {
    const out$ = cold(source, values).pipe(
      map((names) => tracesOf(names)),
      batch({ ...defaults, ...options, scheduler }),
      map((out) => namesOf(out as Traces)),
    )
    expectObservable(out$).toBe(expected, values)
  })
}

describe('batch', () => {
  it('says nothing while nothing comes', () => {
    marbles('-', '-', {})
    marbles('--|', '--|', {})
  })

  it('hands on what waits when the timeout is over, counted from the oldest item', () => {
    marbles('a-b-------', '-----x----', { a: 'a', b: 'bc', x: 'abc' })
    marbles('a------b--------', '-----x------y---', { a: 'a', b: 'b', x: 'a', y: 'b' })
  })

  it('hands on at once when enough items are there, and begins the timeout anew', () => {
    marbles('a-b-c------', '--x------y--', { a: 'ab', b: 'cd', c: 'e', x: 'abcd', y: 'e' })
    const values = { a: 'ab', b: 'c', c: 'd', d: 'e', x: 'abcd', y: 'e' }
    marbles('abcd-------', '--x-----y--', values)
  })

  it('hands on what waits before it completes', () => {
    marbles('a-b|', '---(x|)', { a: 'a', b: 'b', x: 'ab' })
  })

  it('hands on what waits before it fails', () => {
    marbles('a-#', '--(x#)', { a: 'a', x: 'a' })
  })

  it('splits what is larger than the maximum, and hands on the rest at the timeout', () => {
    const values = { a: 'abc', b: 'defghijk', x: 'abcd', y: 'efgh', z: 'ijk' }
    marbles('a-b-------', '--(xy)-z--', values, { sendBatchMaxSize: 4 })
  })

  it('hands on every batch as it comes without a timeout or a size, the maximum in force', () => {
    const values = { a: 'abcde', x: 'ab', y: 'cd', z: 'e' }
    marbles('a----', '(xyz)', values, { timeoutMs: 0, sendBatchMaxSize: 2 })
    marbles('a----', '(xyz)', values, { sendBatchSize: 0, sendBatchMaxSize: 2 })
  })

  it('merges the spans of one resource and scope into one group', () => {
    const out = all([
      tracesOf([groupOf('ab', shop), groupOf('x', bank)]),
      tracesOf([groupOf('y', bank), groupOf('cd', shop)]),
    ])
    expect(out.map(namesOf)).toEqual(['abcd xy'])
    expect(out[0]!.groups.map(({ resource }) => resource)).toEqual([shop, bank])
  })

  it('hands a lone batch on as it is', () => {
    const lone = tracesOf('abc')
    expect(all([lone])[0]).toBe(lone)
  })

  it('keeps the order of spans of a resource when it splits within a group', () => {
    const out = all(
      [tracesOf([groupOf('abc', shop), groupOf('xyz', bank), groupOf('def', shop)])],
      { sendBatchMaxSize: 4 },
    )
    expect(out.map(namesOf)).toEqual(['abc x', 'yz de', 'f'])
  })

  it('never hands on more than the maximum, loses nothing and settles every batch once', () => {
    for (const size of [1, 2, 3, 5, 8]) {
      const outcomes: string[] = []
      const names = ['abc', 'd', 'efghijklm', 'no', 'p', 'qrstuvwxyz']
      const source = names.map((text) => {
        return tracesOf(text, new Delivery(({ kind }) => void outcomes.push(`${text} ${kind}`)))
      })
      const out = all(source, { sendBatchSize: size, sendBatchMaxSize: size })
      expect(Math.max(...out.map(({ itemCount }) => itemCount))).toBe(size)
      expect(out.map(namesOf).join('')).toBe('abcdefghijklmnopqrstuvwxyz')
      for (const one of out) one.delivery.settle(ACCEPTED)
      expect(outcomes).toEqual(names.map((text) => `${text} accepted`))
    }
  })

  it('tells every sender the worst of the outcomes of its parts', () => {
    const outcomes: Outcome[] = []
    const delivery = (n: number) => new Delivery((outcome) => void (outcomes[n] = outcome))
    const [first, second] = all([tracesOf('abc', delivery(0)), tracesOf('def', delivery(1))], {
      sendBatchMaxSize: 4,
    })
    const refused: Outcome = { kind: 'refused', reason: 'queue_full', afterMs: 100 }
    first!.delivery.settle(ACCEPTED)
    expect(outcomes).toEqual([ACCEPTED])
    second!.delivery.settle(refused)
    expect(outcomes).toEqual([ACCEPTED, refused])
  })

  it('settles an empty batch and hands nothing on', () => {
    const empty = tracesOf('')
    expect(all([empty])).toEqual([])
    expect(empty.delivery.settled).toBe(true)
  })

  it('hands totals on at once and by themselves, and settles their batch once all of it is', () => {
    const outcomes: Outcome[] = []
    const totals = [{ resource: shop, totals: [] }]
    const delivery = (): Delivery => new Delivery((outcome) => void outcomes.push(outcome))
    const out = all([
      new Traces([], delivery(), totals),
      new Traces([groupOf('bc')], delivery(), totals),
    ])
    expect(out.map((one) => [namesOf(one), one.totals])).toEqual([
      ['', totals],
      ['', totals],
      ['bc', []],
    ])
    out[0]!.delivery.settle(ACCEPTED)
    out[1]!.delivery.settle({ kind: 'refused', reason: 'full' })
    expect(outcomes).toEqual([ACCEPTED])
    out[2]!.delivery.settle(ACCEPTED)
    expect(outcomes).toEqual([ACCEPTED, { kind: 'refused', reason: 'full' }])
  })

  it('settles and counts what still waits when nobody takes it any more', () => {
    const dropped: number[] = []
    const outcomes: Outcome[] = []
    const source = new Subject<Batch>()
    const options = { ...defaults, onStopped: (items: number) => void dropped.push(items) }
    const subscription = source.pipe(batch(options)).subscribe()
    const delivery = new Delivery((outcome) => void outcomes.push(outcome))
    source.next(tracesOf('abc', delivery))
    subscription.unsubscribe()
    expect(dropped).toEqual([3])
    expect(outcomes).toEqual([{ kind: 'refused', reason: 'stopped' }])
    expect(source.observed).toBe(false)
  })

  it('settles and counts the rest when its taker has had enough in the middle of a split', () => {
    const dropped: number[] = []
    const options = {
      ...defaults,
      sendBatchMaxSize: 4,
      onStopped: (items: number) => void dropped.push(items),
    }
    const whole = tracesOf('abcdefghij')
    const taken: Batch[] = []
    of(whole)
      .pipe(batch(options), take(1))
      .subscribe((one) => void taken.push(one))
    expect(taken.map((one) => namesOf(one as Traces))).toEqual(['abcd'])
    expect(dropped).toEqual([6])
    expect(whole.delivery.settled).toBe(false)
    taken[0]!.delivery.settle(ACCEPTED)
    expect(whole.delivery.settled).toBe(true)
  })

  it('gives up a batch with an item that nobody can read, and no other', () => {
    const outcomes: string[] = []
    const dropped: [number, string][] = []
    const received = (name: string, id = 'b7ad6b7169203331') => {
      const body = encodeRequest('traces', {
        resourceSpans: [{ scopeSpans: [{ spans: [{ name, spanId: id }] }] }],
      })
      const delivery = new Delivery(({ kind }) => void outcomes.push(`${name} ${kind}`))
      return readRequest('traces', body, delivery)
    }
    const onMalformed = (items: number, { message }: Error) => void dropped.push([items, message])
    const out = all([received('a'), received('b', 'b7ad'), received('c')], { onMalformed })
    expect(out.map(namesOf)).toEqual(['ac'])
    expect(dropped).toEqual([[1, 'at byte 6: an id of 2 bytes, not of 8']])
    expect(outcomes).toEqual(['b rejected'])
    out[0]!.delivery.settle(ACCEPTED)
    expect(outcomes).toEqual(['b rejected', 'a accepted', 'c accepted'])
  })

  it('hands a received batch that is large enough on as the bytes that it came in', () => {
    const spans = ['a', 'b', 'c', 'd'].map((name) => ({ name }))
    const body = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] })
    const [out] = all([readRequest('traces', body, new Delivery())])
    expect(out!.encoded).toBe(body)
  })

  it('makes batches of metrics, which count by their data points, and of logs', () => {
    const points = Array.from({ length: 3 }, (_, i) => numberPoint(i))
    const metrics = [1, 2].map(() => metricsOf([counter('requests', points)]))
    const options = { ...defaults, sendBatchMaxSize: 4 }
    const sizes: number[] = []
    from<Batch[]>(metrics)
      .pipe(batch(options))
      .subscribe((one) => void sizes.push(one.itemCount))
    expect(sizes).toEqual([4, 2])
    const logRecords = [{ severityText: 'a' }, { severityText: 'b' }, { severityText: 'c' }]
    const body = encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
    const texts: string[] = []
    from<Batch[]>([1, 2].map(() => readRequest('logs', body, new Delivery())))
      .pipe(batch(options))
      .subscribe((one) => void texts.push(logTextOf(one as Logs)))
    expect(texts).toEqual(['abca', 'bc'])
  })

  it('ends the stream with the error of a list that cannot be split', () => {
    const broken = tracesOf('abcdefgh')
    broken.groups[0]!.spans.slice = () => {
      throw new Error('boom')
    }
    const errors: unknown[] = []
    of(broken)
      .pipe(batch({ ...defaults, sendBatchMaxSize: 4 }))
      .subscribe({ error: (error) => void errors.push(error) })
    expect(errors).toEqual([new Error('boom')])
  })

  it('counts what it gives up under the component', () => {
    const settings = testSettings(factory)
    const component =
      factory.role === 'processor' && factory.create(settings, factory.config.parse({}))
    if (!component) throw new Error('not a processor')
    const source = new Subject<Batch>()
    const subscription = component.operator(source).subscribe()
    source.next(tracesOf('ab'))
    subscription.unsubscribe()
    expect(settings.counters.dropped).toEqual(new Map([['stopped', 2]]))
  })
})

/** The levels of all records, as their source calls them. */
function logTextOf({ groups }: Logs): string {
  return groups
    .flatMap(({ logs }) => Array.from({ length: logs.length }, (_, i) => logs.severityText(i)))
    .join('')
}

/** All that comes out when these batches come at once, and the source then waits or completes. */
function all(batches: Traces[], options: Partial<BatchOptions> = {}): Traces[] {
  const out: Traces[] = []
  of(...batches)
    .pipe(batch({ ...defaults, sendBatchSize: 4, ...options }))
    .subscribe((one) => void out.push(one as Traces))
  return out
}

it('keeps no timer when nothing waits or nobody takes it any more', () => {
  vi.useFakeTimers()
  const source = new Subject<Batch>()
  const subscription = source.pipe(batch(defaults)).subscribe()
  source.next(tracesOf('abc'))
  expect(vi.getTimerCount()).toBe(1)
  source.next(tracesOf('d'))
  expect(vi.getTimerCount()).toBe(0)
  source.next(tracesOf('e'))
  subscription.unsubscribe()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

it('tells how large the batches are that it hands on, and why it did', () => {
  vi.useFakeTimers()
  const registry = new MetricRegistry('detailed')
  const settings = { ...testSettings(factory), meter: registry.meter() }
  const config = batchConfig.parse({ send_batch_size: 4, timeout: '5ms' })
  const source = new Subject<Batch>()
  const bytes: number[] = []
  const { operator } = new BatchProcessor(settings, config)
  source.pipe(operator).subscribe((out) => bytes.push(byteSize(out)))
  source.next(tracesOf('abcde'))
  source.next(tracesOf('f'))
  vi.advanceTimersByTime(5)
  source.next(tracesOf('gh'))
  source.complete()
  vi.useRealTimers()
  const { metrics } = registry.collect()
  const told = metrics.map(({ facts: { name }, points }) => {
    const [{ value, distribution }] = points as [(typeof points)[number]]
    return [name, distribution ? [distribution.count, distribution.sum] : value]
  })
  expect(Object.fromEntries(told)).toEqual({
    otelcol_processor_batch_batch_send_size: [3, 8],
    otelcol_processor_batch_batch_send_size_bytes: [3, bytes.reduce((sum, one) => sum + one)],
    otelcol_processor_batch_batch_size_trigger_send: 1,
    otelcol_processor_batch_timeout_trigger_send: 2,
  })
})

lifecycleTest(factory, { timeout: '1s', send_batch_size: 10 })
