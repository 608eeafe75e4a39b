import { describe, expect, it } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { shown } from '../../src/pdata/attribute_batches_for_tests.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { groupOf, shop } from '../../src/pdata/spans_for_tests.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { ALWAYS, batchOf, idOf, sampling, span } from './fixtures.ts'
import { tailSampling } from './index.ts'

lifecycleTest(tailSampling, { policies: [ALWAYS] })

const error = { status: { code: 2 } }
const ERRORS = { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } }

describe('tail_sampling', () => {
  it('holds a trace for decision_wait from its first span on, then hands it on whole', async () => {
    const { add, out, clock } = sampling({ decision_wait: '10s' })
    add(['a1', 'b1', 'a2'])
    await clock.advance(6_000)
    add(['a3', 'c1'])
    await clock.advance(3_999)
    expect(out()).toEqual([])
    await clock.advance(101)
    expect(out()).toEqual(['a1 a2 a3 b1'])
    await clock.advance(6_000)
    expect(out()).toEqual(['c1'])
    expect(clock.next).toBeUndefined()
  })

  it('keeps resources, scopes and every byte of the spans', async () => {
    const { add, batches, clock } = sampling()
    const one = {
      resource: { 'service.name': 'one' },
      items: [
        span('a1', { attributes: { k: 'v', n: 1n, x: 'y'.repeat(300) }, ...error }),
        span('b1'),
        span('a2', { events: [{ name: 'e' }], links: [{ traceId: idOf('z') }] }),
      ],
    }
    const two = { resource: { 'service.name': 'two' }, scope: 'other', items: [span('a3')] }
    add([one, two])
    add([{ ...one, items: [span('a4')] }])
    await clock.advance(31_000)
    const groups = batches.flatMap(shown)
    expect(groups.map(({ resource, scope, items }) => [resource, scope, items.length])).toEqual([
      [{ 'service.name': 'one' }, 'test', 4],
      [{ 'service.name': 'two' }, 'other', 1],
    ])
    const plain = shown(batchOf([{ ...one, items: [one.items[0]!, one.items[2]!] }]))
    expect(groups[0]!.items.slice(0, 2)).toEqual(plain[0]!.items)
  })

  it('leaves out what no policy samples: counted, and accepted', async () => {
    const { add, out, answers, dropped, clock } = sampling({ policies: [ERRORS] })
    add([span('a1', error), span('b1'), span('a2')])
    expect(answers).toEqual([{ kind: 'accepted' }])
    await clock.advance(31_000)
    expect(out()).toEqual(['a1 a2'])
    expect(dropped()).toEqual({ not_sampled: 1 })
  })

  it('has late spans follow the decision, without a cache being configured', async () => {
    const { add, out, dropped, clock } = sampling({ policies: [ERRORS] })
    add([span('a1', error), span('b1')])
    await clock.advance(31_000)
    out()
    add(['b2', 'a2', 'c1', 'b3', 'a3'])
    expect(out()).toEqual(['a2 a3'])
    expect(dropped()).toEqual({ not_sampled: 3 })
    await clock.advance(31_000)
    expect(dropped()).toEqual({ not_sampled: 4 })
  })

  it('remembers as many decisions as the cache has room for, those that are asked for longest', async () => {
    const { add, out, clock } = sampling({ decision_cache: { sampled_cache_size: 2 } })
    for (const name of ['a1', 'b1', 'c1']) {
      add([name])
      await clock.advance(31_000)
      add(['a2'])
    }
    expect(out()).toEqual(['a1', 'a2', 'b1', 'a2', 'c1', 'a2'])
    add(['d1'])
    await clock.advance(31_000)
    add(['e1'])
    await clock.advance(31_000)
    out()
    // Forgotten: it is a new trace.
    add(['b2'])
    expect(out()).toEqual([])
  })

  it('decides the oldest early where there are more than num_traces, with what is there', async () => {
    const { add, out, clock } = sampling({ num_traces: 2, policies: [ERRORS] })
    add([span('a1', error)])
    add(['b1'])
    add(['c1', 'a2'])
    expect(out()).toEqual(['a1 a2'])
    add(['d1', span('a3')])
    expect(out()).toEqual(['a3'])
    await clock.advance(31_000)
    expect(out()).toEqual([])
  })

  it('decides the oldest early where what is held takes more than max_held_mib', () => {
    const { add, out } = sampling({ max_held_mib: 0.01 })
    const large = { attributes: { x: 'x'.repeat(4_000) } }
    for (const name of ['a1', 'b1', 'c1']) add([span(name, large)])
    expect(out()).toEqual(['a1'])
  })

  it('refuses what comes while it is full, where it is told to', async () => {
    const { add, out, answers, dropped, clock } = sampling({
      num_traces: 2,
      block_on_overflow: true,
    })
    add(['a1', 'b1'])
    add(['c1', 'c2'])
    expect(answers).toEqual([{ kind: 'accepted' }, { kind: 'refused', reason: 'no_room' }])
    expect(dropped()).toEqual({ no_room: 2 })
    await clock.advance(31_000)
    add(['c1', 'c2'])
    await clock.advance(31_000)
    expect(out()).toEqual(['a1 b1', 'c1 c2'])
  })

  it('gives up a trace that grows too large, and what comes of it later', () => {
    const { add, out, dropped, complete } = sampling({ maximum_trace_size_bytes: 200 })
    const large = { attributes: { x: 'x'.repeat(100) } }
    add([span('a1', large), 'b1'])
    add([span('a2', large)])
    expect(dropped()).toEqual({ too_large: 2 })
    add(['a3'])
    complete()
    expect(out()).toEqual(['b1'])
    expect(dropped()).toEqual({ too_large: 2, not_sampled: 1 })
  })

  it('decides sooner once the root is there', async () => {
    const { add, out, clock } = sampling({ decision_wait_after_root_received: '2s' })
    const child = { parentSpanId: '0102030405060708' }
    add([span('a1', child), span('b1', child)])
    await clock.advance(5_000)
    add(['a2'])
    await clock.advance(2_100)
    expect(out()).toEqual(['a1 a2'])
    await clock.advance(23_000)
    expect(out()).toEqual(['b1'])
  })

  it('decides what it holds when the source ends', () => {
    const { add, out, complete, dropped, clock } = sampling({ policies: [ERRORS] })
    add([span('a1', error), 'b1'])
    complete()
    expect(out()).toEqual(['a1'])
    expect(dropped()).toEqual({ not_sampled: 1 })
    expect(clock.next).toBeUndefined()
  })

  it('drops what it holds when the source ends, where it is told to', () => {
    const { add, out, complete, dropped } = sampling({ drop_pending_traces_on_shutdown: true })
    add(['a1', 'b1'])
    complete()
    expect(out()).toEqual([])
    expect(dropped()).toEqual({ shutdown: 2 })
  })

  it('counts what it holds when nobody is there any more', () => {
    const { add, subscription, dropped, answers, clock } = sampling({ wait_for_decision: true })
    add(['a1', 'b1'])
    subscription.unsubscribe()
    expect(dropped()).toEqual({ stopped: 2 })
    expect(answers).toEqual([{ kind: 'refused', reason: 'stopped' }])
    expect(clock.next).toBeUndefined()
  })

  it('counts and tells once what was sampled and then not taken', async () => {
    const { add, reply, refused, clock, logged } = sampling()
    reply.outcome = { kind: 'refused', reason: 'queue_full' }
    add(['a1', 'a2', 'b1'])
    await clock.advance(31_000)
    expect(refused()).toEqual({ queue_full: 3 })
    expect(logged).toEqual([
      expect.stringContaining('Sampled spans are lost: what comes next does not take them.'),
    ])
  })

  it('takes spans that were made here, and hands the totals of the kernel on at once', async () => {
    const { next, batches, out, clock } = sampling()
    const totals = [{ resource: shop, totals: [] }]
    const settled: string[] = []
    const delivery = new Delivery(({ kind }) => settled.push(kind))
    next(new Traces([groupOf('ab')], delivery, totals))
    expect(batches.map((batch) => batch.totals)).toEqual([totals])
    expect(settled).toEqual(['accepted'])
    batches.length = 0
    await clock.advance(31_000)
    expect(out()).toEqual(['a b'])
  })

  it('refuses a batch of which a span cannot be read, before it is among those of others', () => {
    const { next, dropped } = sampling()
    const outcomes: unknown[] = []
    const whole = batchOf(['a1', 'b1'])
    // The length of the name of the last span.
    const body = Buffer.from(whole.encoded as Buffer)
    body[body.lastIndexOf('b1') - 1] = 0x7f
    const broken = new Traces(
      { encoded: body, itemCount: 2, groups: () => whole.groups },
      new Delivery((outcome) => outcomes.push(outcome)),
    )
    next(broken)
    expect(outcomes).toEqual([{ kind: 'rejected', reason: 'malformed' }])
    expect(dropped()).toEqual({ malformed: 2 })
  })

  it('takes spans without an id as one trace', async () => {
    const { add, out, clock } = sampling()
    add([span('a1', { traceId: '' }), 'b1', span('c1', { traceId: '' })])
    await clock.advance(31_000)
    expect(out()).toEqual(['a1 c1 b1'])
  })
})

describe('with wait_for_decision', () => {
  it('answers once all traces of a batch are decided, and sampled ones taken', async () => {
    const { add, answers, reply, batches, clock } = sampling({
      wait_for_decision: true,
      policies: [ERRORS],
    })
    reply.outcome = undefined
    add([span('a1', error), 'b1'])
    add(['b2'])
    await clock.advance(29_000)
    expect(answers).toEqual([])
    await clock.advance(2_000)
    expect(answers).toEqual([{ kind: 'accepted' }])
    batches[0]!.delivery.settle({ kind: 'accepted' })
    expect(answers).toEqual([{ kind: 'accepted' }, { kind: 'accepted' }])
  })

  it('refuses the batches of which a sampled trace was refused', async () => {
    const { add, answers, reply, clock, refused } = sampling({ wait_for_decision: true })
    reply.outcome = { kind: 'refused', reason: 'queue_full' }
    add(['a1', 'b1'])
    await clock.advance(31_000)
    expect(answers).toEqual([{ kind: 'refused', reason: 'queue_full' }])
    expect(refused()).toEqual({})
  })

  it('answers late spans as they fare, and those that are not sampled at once', async () => {
    const { add, answers, reply, clock } = sampling({
      wait_for_decision: true,
      policies: [ERRORS],
    })
    add([span('a1', error), 'b1'])
    await clock.advance(31_000)
    answers.length = 0
    reply.outcome = { kind: 'refused', reason: 'queue_full' }
    add(['b2'])
    add(['a2'])
    expect(answers).toEqual([{ kind: 'accepted' }, { kind: 'refused', reason: 'queue_full' }])
  })
})
