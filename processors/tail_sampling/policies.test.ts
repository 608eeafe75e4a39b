import { describe, expect, it } from 'vitest'
import type { PlainGroup, PlainItem } from '../../src/pdata/attribute_batches_for_tests.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { ALWAYS, sampling, span } from './fixtures.ts'

/** The traces that policies sample of these spans or groups, each by its letter. */
function sampled(
  policies: readonly object[] | object,
  given: readonly (string | PlainItem)[] | readonly PlainGroup[],
  options: object = {},
): string {
  const list = (Array.isArray(policies) ? policies : [policies]) as readonly object[]
  const named = list.map((policy, i) => ({ name: `p${i}`, ...policy }))
  const { add, complete, out } = sampling({ policies: named, ...options })
  add(given)
  complete()
  const names = out().join(' ').replaceAll('| ', '').split(' ')
  return [...new Set(names.map((name) => name[0]))]
    .toSorted((a = '', b = '') => a.localeCompare(b))
    .join('')
}

const MS = 1_000_000n
const BASE = 1_790_000_000_000_000_001n

/** A span from so many milliseconds to so many. */
function lasting(name: string, from: bigint, to: bigint): PlainItem {
  const at = (ms: bigint): string => String(BASE + ms * MS)
  return span(name, { startTimeUnixNano: at(from), endTimeUnixNano: at(to) })
}

const attributes = (name: string, values: PlainItem['attributes']): PlainItem =>
  span(name, { attributes: values ?? {} })

const not = (policy: object): object => ({ type: 'not', not: { not_sub_policy: policy } })
const errors = { type: 'status_code', status_code: { status_codes: ['ERROR'] } }
const failed = { status: { code: 2 } }
const longer = { type: 'span_count', span_count: { min_spans: 2 } }

describe('a policy', () => {
  it('latency takes the time from the first start to the last end, exactly', () => {
    const spans = [
      lasting('a1', 0n, 500n),
      lasting('b1', 0n, 501n),
      lasting('c1', 100n, 400n),
      lasting('c2', 300n, 700n),
      lasting('d1', 900n, 0n),
      lasting('e1', 0n, 2_000n),
    ]
    expect(sampled({ type: 'latency', latency: { threshold_ms: 500 } }, spans)).toBe('bce')
    const between = { threshold_ms: 500, upper_threshold_ms: 1_000 }
    expect(sampled({ type: 'latency', latency: between }, spans)).toBe('bc')
  })

  it('numeric_attribute takes a number of a span or its resource in the range', () => {
    const spans = [
      attributes('a1', { n: 399n }),
      attributes('b1', { n: 400n }),
      attributes('c1', { n: 599.5 }),
      attributes('d1', { n: '450' }),
      attributes('e1', {}),
    ]
    const range = { key: 'n', min_value: 400, max_value: 600 }
    const type = 'numeric_attribute'
    expect(sampled({ type, [type]: range }, spans)).toBe('bc')
    expect(sampled({ type, [type]: { ...range, invert_match: true } }, spans)).toBe('ade')
    expect(sampled({ type, [type]: { key: 'n', max_value: 399 } }, spans)).toBe('a')
    expect(sampled({ type, [type]: range }, [{ resource: { n: 500n }, items: spans }])).toBe(
      'abcde',
    )
  })

  it('string_attribute takes texts, or what patterns match in them', () => {
    const spans = [
      attributes('a1', { s: 'shop' }),
      attributes('b1', { s: 'shopping' }),
      attributes('b2', { s: '' }),
      attributes('c1', { s: 7n }),
      attributes('d1', {}),
    ]
    const type = 'string_attribute'
    const exact = { key: 's', values: ['shop', ''] }
    expect(sampled({ type, [type]: exact }, spans)).toBe('a')
    expect(sampled({ type, [type]: { ...exact, invert_match: true } }, spans)).toBe('bcd')
    const pattern = { key: 's', values: ['^x', 'pp?i'], enabled_regex_matching: true }
    expect(sampled({ type, [type]: pattern }, spans)).toBe('b')
    const few = { ...pattern, values: ['shop'], cache_max_size: 1 }
    expect(sampled({ type, [type]: few }, [...spans, ...spans])).toBe('ab')
  })

  it('boolean_attribute takes booleans', () => {
    const spans = [
      attributes('a1', { b: true }),
      attributes('b1', { b: false }),
      attributes('c1', { b: 'false' }),
      attributes('d1', {}),
    ]
    const type = 'boolean_attribute'
    expect(sampled({ type, [type]: { key: 'b', value: true } }, spans)).toBe('a')
    expect(sampled({ type, [type]: { key: 'b', value: false } }, spans)).toBe('b')
    const inverted = { key: 'b', value: true, invert_match: true }
    expect(sampled({ type, [type]: inverted }, spans)).toBe('bcd')
  })

  it('status_code takes spans of these statuses', () => {
    const spans = [span('a1', failed), span('b1', { status: { code: 1 } }), 'c1', 'b2']
    expect(sampled(errors, spans)).toBe('a')
    const others = { type: 'status_code', status_code: { status_codes: ['OK', 'UNSET'] } }
    expect(sampled(others, spans)).toBe('bc')
  })

  it('span_count takes traces with so many spans', () => {
    const spans = ['a1', 'b1', 'b2', 'c1', 'c2', 'c3']
    expect(sampled(longer, spans)).toBe('bc')
    const two = { type: 'span_count', span_count: { min_spans: 2, max_spans: 2 } }
    expect(sampled(two, spans)).toBe('b')
  })

  it('trace_state takes the value of a key', () => {
    const spans = [
      span('a1', { traceState: 'x=1,vendor=gold' }),
      span('b1', { traceState: 'vendor=silver' }),
      span('c1', { traceState: 'othervendor=gold' }),
      'd1',
    ]
    const policy = { type: 'trace_state', trace_state: { key: 'vendor', values: ['gold', ''] } }
    expect(sampled(policy, spans)).toBe('a')
  })

  it('trace_flags takes traces that were sampled where they began', () => {
    const spans = [span('a1', { flags: 1 }), span('b1', { flags: 0x100 }), 'c1']
    expect(sampled({ type: 'trace_flags' }, spans)).toBe('a')
  })

  it('rate_limiting and bytes_limiting take whole traces while there is room', async () => {
    const policy = { name: 'p', type: 'rate_limiting', rate_limiting: { spans_per_second: 2 } }
    const { add, out, clock } = sampling({ policies: [policy], decision_wait: '1s' })
    add(['a1', 'a2', 'a3', 'b1', 'b2', 'c1', 'd1', 'd2', 'd3', 'd4', 'd5'])
    await clock.advance(1_100)
    expect(out()).toEqual(['a1 a2 a3 c1'])
    add(['e1', 'e2', 'e3', 'e4', 'e5'])
    await clock.advance(2_000)
    add(['f1', 'f2', 'f3', 'f4'])
    await clock.advance(3_000)
    // More than there can be at once never fits.
    expect(out()).toEqual(['f1 f2 f3 f4'])
    const large = { attributes: { x: 'x'.repeat(500) } }
    const bytes = { type: 'bytes_limiting', bytes_limiting: { bytes_per_second: 500 } }
    expect(sampled(bytes, [span('a1', large), span('b1', large), 'c1', 'c2'])).toBe('ac')
    const burst = { bytes_per_second: 500, burst_capacity: 100 }
    const none = { type: 'bytes_limiting', bytes_limiting: burst }
    expect(sampled(none, [span('a1', large), 'c1'])).toBe('c')
  })

  // Reference values: hash/fnv (New64a) and math/big of Go 1.25, as the Collector uses them.
  it.each([
    [{ sampling_percentage: 25 }, [1009, 0, 10, 18, 24, 27, 30, 35, 43]],
    [{ sampling_percentage: 25, hash_salt: 'other' }, [982, 1, 7, 8, 12, 17, 30, 34, 37]],
    [{ sampling_percentage: 0.5 }, [20, 24, 234, 494, 541, 919, 1040, 1106, 1198]],
    [{ sampling_percentage: 100 }, [4000, 0, 1, 2, 3, 4, 5, 6, 7]],
    [{ sampling_percentage: 0 }, [0]],
  ] as const)('probabilistic %o takes the traces that the Collector takes', (options, expected) => {
    const policy = { name: 'p', type: 'probabilistic', probabilistic: options }
    const { add, complete, batches } = sampling({ policies: [policy] })
    add(
      Array.from({ length: 4000 }, (_, i) => {
        const text = BigInt.asUintN(64, BigInt(i) * 0x9e3779b97f4a7c15n).toString(16)
        const traceId = Buffer.from(text.padStart(16, '0')).toString('hex')
        return span('a', { traceId, name: String(i) })
      }),
    )
    complete()
    const taken = batches.flatMap(({ groups }) =>
      groups.flatMap(({ spans }) => Array.from({ length: spans.length }, (_, i) => spans.name(i))),
    )
    expect([taken.length, ...taken.slice(0, 8).map(Number)]).toEqual(expected)
  })

  it('ottl_condition takes conditions on spans and their events', () => {
    const spans = [
      attributes('a1', { n: 5n }),
      span('b1', { events: [{ name: 'ok' }, { name: 'exception' }] }),
      span('c1', { events: [{ name: 'ok' }] }),
      attributes('d1', { n: 'text' }),
    ]
    const group = { resource: { 'service.name': 'shop' }, items: spans }
    const of = (options: object): object => ({ type: 'ottl_condition', ottl_condition: options })
    expect(sampled(of({ span: ['attributes["n"] == 5', 'name == "zz"'] }), [group])).toBe('a')
    expect(sampled(of({ spanevent: ['spanevent.name == "exception"'] }), [group])).toBe('b')
    const both = { span: ['span.name == "c1"'], spanevent: ['name == "exception"'] }
    expect(sampled(of(both), [group])).toBe('bc')
    const service = { span: ['resource.attributes["service.name"] == "shop"'] }
    expect(sampled(of(service), [group])).toBe('abcd')
  })

  it('ottl_condition that fails says nothing, and is counted with propagate', () => {
    const failing = {
      type: 'ottl_condition',
      ottl_condition: { error_mode: 'propagate', span: ['Int(attributes["n"]) / 0 == 1'] },
    }
    const spans = [attributes('a1', { n: 5n }), 'b1', 'b2']
    expect(sampled([failing, longer], spans)).toBe('b')
  })

  it('and takes what all in it take', () => {
    const policy = { type: 'and', and: { and_sub_policy: [errors, not(longer)] } }
    expect(sampled(policy, [span('a1', failed), span('b1', failed), 'b2', 'c1'])).toBe('a')
  })

  it('not takes what the one in it does not', () => {
    expect(sampled(not(errors), [span('a1', failed), 'b1'])).toBe('b')
  })

  it('drop goes before all others, wherever it stands', () => {
    const drop = { type: 'drop', drop: { drop_sub_policy: [errors, longer] } }
    const spans = [span('a1', failed), span('b1', failed), 'b2', 'c1', 'c2']
    expect(sampled([{ type: 'always_sample' }, drop], spans)).toBe('ac')
    const { add, complete, dropped } = sampling({ policies: [ALWAYS, { name: 'd', ...drop }] })
    add(spans)
    complete()
    expect(dropped()).toEqual({ dropped_by_policy: 2 })
  })

  it('composite gives each in it a share of the spans of a second', async () => {
    const composite = {
      max_total_spans_per_second: 10,
      policy_order: ['errors', 'rest'],
      composite_sub_policy: [
        { name: 'rest', type: 'always_sample' },
        { name: 'errors', ...errors },
      ],
      rate_allocation: [{ policy: 'errors', percent: 30 }],
    }
    const policies = [{ name: 'p', type: 'composite', composite }]
    const { add, out, clock } = sampling({ policies, decision_wait: '1s' })
    const failing = ['a1', 'b1', 'b2', 'c1'].map((name) => span(name, failed))
    add([...failing, 'd1', 'd2', 'd3', 'e1', 'e2', 'e3', 'f1', 'f2'])
    await clock.advance(1_050)
    // Errors have 3 spans, the rest half of all: 5. What does not fit makes room for smaller ones.
    expect(out()).toEqual(['a1 b1 b2 d1 d2 d3 f1 f2'])
    add(['g1', 'g2', 'g3', 'g4', 'g5'])
    await clock.advance(1_100)
    expect(out()).toEqual(['g1 g2 g3 g4 g5'])
  })
})

describe('what is told of policies', () => {
  it('is what each said, or with sample_on_first_match those that were asked', async () => {
    const tell = async (options: object): Promise<Record<string, unknown>> => {
      const registry = new MetricRegistry('detailed')
      const policies = [
        { name: 'errors', ...errors },
        { name: 'longer', ...longer },
        { name: 'none', type: 'drop', drop: { drop_sub_policy: [not({ type: 'always_sample' })] } },
      ]
      const around = { id: 'tail_sampling/x', meter: registry.meter() }
      const { add, clock } = sampling({ policies, num_traces: 2, ...options }, around)
      add([span('a1', failed), 'a2', 'b1', 'c1'])
      await clock.advance(31_000)
      add(['a3', 'a4', 'b2', 'd1'])
      const { metrics } = registry.collect()
      const told = metrics.map(({ facts: { name }, points }) => {
        const values = points.map(({ value, distribution, attributes }) => {
          const of = Object.values(attributes).join(' ')
          return [of, distribution ? `${distribution.count} values` : value] as const
        })
        const isOne = values.length === 1 && values[0]?.[0] === ''
        return [name.split('tail_sampling')[1], isOne ? values[0]?.[1] : Object.fromEntries(values)]
      })
      return Object.fromEntries(told) as Record<string, unknown>
    }
    const told = await tell({})
    expect(told).toMatchObject({
      _global_count_traces_sampled: { 'true sampled': 1, 'false not_sampled': 2 },
      _count_traces_sampled: {
        'x.errors false not_sampled': 2,
        'x.errors true sampled': 1,
        'x.longer false not_sampled': 2,
        'x.longer true sampled': 1,
        'x.none false not_sampled': 3,
      },
      _sampling_policy_execution_count: { 'x.errors': 3, 'x.longer': 3, 'x.none': 3 },
      _sampling_policy_evaluation_error: 0,
      _new_trace_id_received: 4,
      _sampling_trace_dropped_too_early: { num_traces: 1, bytes: 0 },
      _traces_dropped_too_large: 0,
      _early_releases_from_cache_decision: { true: 2, false: 1 },
      _sampling_traces_on_memory: 1,
      _sampling_decision_timer_latency: '1 values',
      _sampling_trace_removal_age: '3 values',
      _sampling_late_span_age: '2 values',
    })
    expect(told['.held_bytes']).toBeGreaterThan(300)
    expect(await tell({ sample_on_first_match: true })).toMatchObject({
      _sampling_policy_execution_count: { 'x.errors': 3, 'x.longer': 2, 'x.none': 3 },
    })
  })
})
