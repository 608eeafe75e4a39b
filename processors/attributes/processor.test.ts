import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import {
  firstAttributes,
  type Plain,
  type PlainGroup,
  type PlainItem,
  type PlainMap,
  receivedBatch,
  shown,
} from '../../src/pdata/attribute_batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { encodeAttribute } from '../../src/pdata/otlp_attributes.ts'
import { readRequest, type Signal } from '../../src/pdata/otlp_request.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { groupOf, namesOf, shop } from '../../src/pdata/spans_for_tests.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { ComponentCounters } from '../../src/telemetry/counters.ts'
import { attributesConfig } from './config.ts'
import { attributes } from './index.ts'
import { AttributesProcessor } from './processor.ts'

lifecycleTest(attributes, { actions: [{ key: 'a', action: 'delete' }] })

type Options = Record<string, unknown>

function run(options: Options, batch: OtlpBatch, counters?: ComponentCounters): OtlpBatch {
  const settings = { ...testSettings(attributes), ...(counters && { counters }) }
  const processor = new AttributesProcessor(settings, attributesConfig.parse(options))
  let out: Batch[] = []
  of<Batch>(batch)
    .pipe(processor.operator, toArray())
    .subscribe((batches) => (out = batches))
  expect(out.length).toBe(1)
  return out[0] as OtlpBatch
}

/** What actions make of the attributes of a span. */
function after(actions: Options[], before: PlainMap): PlainMap {
  const batch = receivedBatch('traces', [{ items: [{ name: 'a', attributes: before }] }])
  return firstAttributes(run({ actions }, batch))
}

/** One of each type there is. */
const EVERY: PlainMap = {
  text: 'x',
  whole: 7n,
  large: 2n ** 62n,
  double: 2,
  yes: true,
  bytes: Buffer.from([1, 2]),
  list: ['a', 1n, 2, [true]],
  map: { a: { b: 2, c: Buffer.from('z') } },
  unset: null,
}

describe('setting attributes', () => {
  it('inserts where there is none, and leaves what there is', () => {
    const actions = [{ key: 'k', action: 'insert', value: 'new' }]
    expect(after(actions, { a: 'b' })).toEqual({ a: 'b', k: 'new' })
    expect(after(actions, { k: 'old' })).toEqual({ k: 'old' })
  })

  it('updates where there is one, and adds none', () => {
    const actions = [{ key: 'k', action: 'update', value: 'new' }]
    expect(after(actions, { k: 1n, a: 'b' })).toEqual({ k: 'new', a: 'b' })
    expect(after(actions, { a: 'b' })).toEqual({ a: 'b' })
  })

  it('upserts in both cases', () => {
    const actions = [{ key: 'k', action: 'UPSERT', value: 'new' }]
    expect(after(actions, { k: 'old' })).toEqual({ k: 'new' })
    expect(after(actions, {})).toEqual({ k: 'new' })
  })

  it('gives values the type that they have in YAML', () => {
    const value = { a: [1, 1.5, 'x', false], b: { c: null } }
    expect(after([{ key: 'k', action: 'insert', value }], {})).toEqual({
      k: { a: [1n, 1.5, 'x', false], b: { c: null } },
    })
    expect(after([{ key: 'k', action: 'insert', value: 2245 }], {})).toEqual({ k: 2245n })
    expect(after([{ key: 'k', action: 'insert', value: false }], {})).toEqual({ k: false })
  })

  it('copies values of every type from another attribute', () => {
    for (const key of Object.keys(EVERY)) {
      const actions = [{ key: 'copy', action: 'upsert', from_attribute: key }]
      expect(after(actions, EVERY)).toEqual({ ...EVERY, copy: EVERY[key] })
    }
  })

  it('does nothing without the other attribute, or sets the default', () => {
    const action = { key: 'k', action: 'upsert', from_attribute: 'none' }
    expect(after([action], { k: 'old' })).toEqual({ k: 'old' })
    expect(after([{ ...action, default_value: 3 }], { k: 'old' })).toEqual({ k: 3n })
  })

  it('goes through the actions in their order', () => {
    const actions = [
      { key: 'b', action: 'insert', from_attribute: 'a' },
      { key: 'a', action: 'delete' },
      { key: 'a', action: 'insert', value: 'again' },
      { key: 'c', action: 'insert', from_attribute: 'b' },
    ]
    expect(after(actions, { a: 'x' })).toEqual({ b: 'x', a: 'again', c: 'x' })
  })
})

describe('deleting attributes', () => {
  it('deletes by name and by pattern, and leaves all others as they are', () => {
    expect(after([{ key: 'list', action: 'delete', pattern: '^(yes|by.*)$' }], EVERY)).toEqual({
      text: 'x',
      whole: 7n,
      large: 2n ** 62n,
      double: 2,
      map: EVERY['map'],
      unset: null,
    })
  })

  it('deletes all of one name, where a sender has made two', () => {
    const out = new ProtoWriter()
    for (const text of ['second', 'first']) encodeAttribute(SPAN.attributes, 'k', text, out)
    for (const field of [2, 2, 1]) out.message(field, 0)
    const batch = readRequest('traces', out.toBytes(), new Delivery())
    const attributesOf = (traces: Traces) => traces.groups[0]!.spans.at(0).attributes
    expect(attributesOf(batch)).toEqual({ k: 'first' })
    const set = run({ actions: [{ key: 'k', action: 'update', value: 'new' }] }, batch)
    expect(attributesOf(set as Traces)).toEqual({ k: 'new' })
    // JSON shows both where there are two: the last one counts there.
    expect(firstAttributes(set)).toEqual({ k: 'new' })
    const gone = run({ actions: [{ key: 'k', action: 'delete' }] }, set)
    expect(attributesOf(gone as Traces)).toEqual({})
    expect(
      attributesOf(run({ actions: [{ key: 'k', action: 'delete' }] }, batch) as Traces),
    ).toEqual({})
  })
})

describe('hashing attributes', () => {
  const X = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'

  it('replaces values by their SHA-256, as the Collector does', () => {
    // Each is what `printf … | sha256sum` says; numbers are 8 bytes, lowest first.
    const before = { a: 'x', b: true, c: 7n, d: 2, e: '', f: Buffer.from([1, 2]), g: ['a', 1n] }
    expect(after([{ action: 'hash', pattern: '.' }], before)).toEqual({
      a: X,
      b: '4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a',
      c: 'aae89fc0f03e2959ae4d701a80cc3915918c950b159f6abb6c92c1433b1a8534',
      d: '3f710ac088db33363087de2b9a657541fe5447821debaa9fe5cbd538eb1a5f29',
      e: '',
      f: 'a12871fee210fb8619291eaea194581cbd2531e4b23759d225f6806923f63222',
      g: '135f17a475a61afdeeaf3759ad2e45ad1c7abb192395abe47e41fc8e395dc1a9',
    })
  })

  it('leaves others', () => {
    expect(after([{ key: 'a', action: 'hash' }], { a: 'x', b: 'x' })).toEqual({ a: X, b: 'x' })
    expect(after([{ key: 'none', action: 'hash' }], EVERY)).toEqual(EVERY)
  })
})

describe('extracting attributes', () => {
  const pattern = '^/api/(?P<version>v\\d+)/(?P<thing>\\w+)(?:/(?P<id>\\d+))?$'
  const actions = [{ key: 'path', action: 'extract', pattern }]

  it('makes an attribute of each named group', () => {
    expect(after(actions, { path: '/api/v1/users/12', thing: 'old' })).toEqual({
      path: '/api/v1/users/12',
      version: 'v1',
      thing: 'users',
      id: '12',
    })
    expect(after(actions, { path: '/api/v1/users' })).toEqual({
      path: '/api/v1/users',
      version: 'v1',
      thing: 'users',
      id: '',
    })
  })

  it('does nothing where the pattern does not match, or the value is no text', () => {
    expect(after(actions, { path: '/other' })).toEqual({ path: '/other' })
    expect(after(actions, { path: 7n })).toEqual({ path: 7n })
    expect(after(actions, { a: 'b' })).toEqual({ a: 'b' })
  })

  it('may set the attribute that it reads', () => {
    const own = [{ key: 'k', action: 'extract', pattern: '^(?P<k>[a-z]+)-(?P<n>[0-9]+)$' }]
    expect(after(own, { k: 'ab-12' })).toEqual({ k: 'ab', n: '12' })
  })

  it('ends soon with a pattern that others take for ever for', () => {
    const slow = [{ key: 'k', action: 'extract', pattern: '^(?P<all>(?P<a>a+)+)$' }]
    const text = `${'a'.repeat(5000)}b`
    expect(after(slow, { k: text })).toEqual({ k: text })
  })
})

describe('converting attributes', () => {
  const to = (converted_type: string, value: Plain): Plain | undefined =>
    after([{ key: 'k', action: 'convert', converted_type }], { k: value })['k']

  it('makes ints', () => {
    expect(to('int', '-12')).toBe(-12n)
    expect(to('int', '9223372036854775807')).toBe(2n ** 63n - 1n)
    expect(to('int', -2.9)).toBe(-2n)
    expect(to('int', true)).toBe(1n)
    expect(to('int', 7n)).toBe(7n)
  })

  it('makes doubles, whole ones among them', () => {
    expect(to('double', '3')).toBe(3)
    expect(to('double', '-1.5e3')).toBe(-1500)
    expect(to('double', 3n)).toBe(3)
    expect(to('double', false)).toBe(0)
    expect(to('double', 2)).toBe(2)
  })

  it('makes texts of all types', () => {
    expect(to('string', 3n)).toBe('3')
    expect(to('string', 3)).toBe('3')
    expect(to('string', 1.5)).toBe('1.5')
    expect(to('string', true)).toBe('true')
    expect(to('string', 'x')).toBe('x')
    expect(to('string', Buffer.from([1, 2]))).toBe('AQI=')
    expect(to('string', ['a', 1n, null])).toBe('["a",1,null]')
    expect(to('string', { b: Buffer.from([1, 2]), a: 1.5 })).toBe('{"a":1.5,"b":"AQI="}')
    expect(to('string', null)).toBe('')
  })

  it('leaves what cannot be converted', () => {
    for (const text of ['', '1.5', '0x10', '9223372036854775808', ' 1']) {
      expect(to('int', text)).toBe(text)
    }
    for (const text of ['', 'x', '1e999', '0x10']) expect(to('double', text)).toBe(text)
    expect(to('int', 1e30)).toBe(1e30)
    expect(to('int', ['1'])).toEqual(['1'])
    expect(to('double', { a: 1n })).toEqual({ a: 1n })
  })
})

const mark = { actions: [{ key: 'marked', action: 'upsert', value: true }] }

/** The names of the items that got the attribute. */
function marked(options: Options, signal: Signal, groups: readonly PlainGroup[]): string {
  const out = shown(run({ ...mark, ...options }, receivedBatch(signal, groups)))
  const items = out.flatMap((group) => group.items)
  const isMarked = ({ attributes, points = [] }: PlainItem): boolean =>
    (attributes ?? points[0] ?? {})['marked'] === true
  return items
    .filter(isMarked)
    .map(({ name }) => name)
    .join(' ')
}

const SPANS: readonly PlainGroup[] = [
  {
    resource: { 'service.name': 'shop', zone: 'a' },
    items: [
      { name: 'GET', kind: 2, attributes: { code: 200n, who: 'ann' } },
      { name: 'POST', kind: 3, attributes: { code: 500n, who: 'bob' } },
    ],
  },
  { resource: { zone: 'b' }, scope: 'lib', items: [{ name: 'job', kind: 1 }] },
]

describe('include and exclude', () => {
  it.each([
    [{ services: ['shop'] }, 'GET POST'],
    [{ span_names: ['GET', 'job'] }, 'GET job'],
    [{ span_kinds: ['SPAN_KIND_CLIENT'] }, 'POST'],
    [{ attributes: [{ key: 'code' }] }, 'GET POST'],
    [
      {
        attributes: [
          { key: 'code', value: 200 },
          { key: 'who', value: 'ann' },
        ],
      },
      'GET',
    ],
    [{ attributes: [{ key: 'code', value: '200' }] }, ''],
    [{ resources: [{ key: 'zone', value: 'b' }] }, 'job'],
    [{ resources: [{ key: 'zone' }, { key: 'service.name' }] }, 'GET POST'],
    [{ libraries: [{ name: 'lib' }] }, 'job'],
    [{ libraries: [{ name: 'lib', version: '1' }] }, ''],
    [{ services: ['shop'], span_names: ['job', 'GET'] }, 'GET'],
  ])('takes the spans with %j', (include, names) => {
    expect(marked({ include: { match_type: 'strict', ...include } }, 'traces', SPANS)).toBe(names)
  })

  it.each([
    [{ services: ['^sh'] }, 'GET POST'],
    [{ services: ['nil-service'] }, 'job'],
    [{ span_names: ['T$', 'xx'] }, 'GET POST'],
    [{ span_kinds: ['(SERVER|INTERNAL)$'] }, 'GET job'],
    [{ attributes: [{ key: 'code', value: '^2..$' }] }, 'GET'],
    [{ libraries: [{ name: '^t' }] }, 'GET POST'],
  ])('takes the spans with the patterns %j', (include, names) => {
    expect(marked({ include: { match_type: 'regexp', ...include } }, 'traces', SPANS)).toBe(names)
  })

  it('leaves out the excluded ones of those that are included', () => {
    const exclude = { match_type: 'strict', span_names: ['POST'] }
    const include = { match_type: 'regexp', services: ['shop'] }
    expect(marked({ exclude }, 'traces', SPANS)).toBe('GET job')
    expect(marked({ include, exclude }, 'traces', SPANS)).toBe('GET')
    expect(marked({ include, exclude: include }, 'traces', SPANS)).toBe('')
  })

  it.each([
    [{ log_bodies: ['boom'] }, 'boom'],
    [{ log_severity_texts: ['WARN'] }, 'hm'],
    [{ log_severity_number: { min: 13 } }, 'hm boom'],
    [{ log_severity_number: { min: 14, match_undefined: true } }, 'none boom'],
    [{ attributes: [{ key: 'a', value: 1.5 }] }, 'hm'],
  ])('takes the log records with %j', (include, names) => {
    const items = [
      { name: 'none' },
      { name: 'hm', severityNumber: 13, severityText: 'WARN', attributes: { a: 1.5 } },
      { name: 'boom', severityNumber: 17 },
    ]
    expect(marked({ include: { match_type: 'strict', ...include } }, 'logs', [{ items }])).toBe(
      names,
    )
  })

  it.each([
    [{ metric_names: ['b', 'c'] }, 'b c'],
    [{ resources: [{ key: 'zone', value: 'a' }] }, 'a b c d e'],
    [{ resources: [{ key: 'zone', value: 'b' }] }, ''],
  ])('takes the metrics with %j', (include, names) => {
    const options = { include: { match_type: 'strict', ...include } }
    expect(marked(options, 'metrics', METRICS)).toBe(names)
  })

  it('says at the start what does not fit the signal', () => {
    const include = { match_type: 'strict', log_bodies: ['x'] }
    const counters = new ComponentCounters('processor/attributes', 'traces', 'traces')
    const batch = receivedBatch('traces', SPANS)
    expect(() => run({ ...mark, include }, batch, counters)).toThrow(
      'include: expected properties of traces ("services", "span_names", "span_kinds", "attributes", "resources", "libraries"), received "log_bodies"',
    )
  })
})

const TYPES = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const
const METRICS: readonly PlainGroup[] = [
  {
    resource: { zone: 'a' },
    items: TYPES.map((type, i) => ({ name: 'abcde'[i]!, type, points: [{ k: 'x' }, { k: 'y' }] })),
  },
]

describe('batches', () => {
  it('have the attributes of all data points changed, of every type of metric', () => {
    const out = run(
      { actions: [{ key: 'k', action: 'delete' }, ...mark.actions] },
      receivedBatch('metrics', METRICS),
    )
    const points = [{ marked: true }, { marked: true }]
    expect(shown(out)[0]!.items).toEqual(TYPES.map((_, i) => ({ name: 'abcde'[i], points })))
    expect(out.itemCount).toBe(10)
  })

  it.each(['traces', 'logs', 'metrics'] as const)(
    'of %s come out themselves where nothing changes, and are never written to',
    (signal) => {
      const batch = receivedBatch(signal, [
        { items: [{ name: 'a', attributes: { k: 'x' } }, { name: 'b' }] },
      ])
      const before = shown(batch)
      expect(run({ actions: [{ key: 'none', action: 'delete' }] }, batch)).toBe(batch)
      const changed = run({ actions: [{ key: 'k', action: 'delete' }] }, batch)
      expect(changed).not.toBe(batch)
      expect(changed.delivery).toBe(batch.delivery)
      expect(shown(batch)).toEqual(before)
      expect(shown(changed)).not.toEqual(before)
    },
  )

  it('keep their order, whichever of their items change', () => {
    for (let bits = 0; bits < 32; bits++) {
      const items = Array.from('abcde', (name, i): PlainItem => {
        return { name, attributes: bits & (1 << i) ? { k: name, z: 1 } : { z: 1 } }
      })
      const batch = receivedBatch('traces', [{ items }])
      const out = run({ actions: [{ key: 'k', action: 'delete' }] }, batch)
      expect(shown(out)[0]!.items).toEqual(
        items.map(({ name }) => ({ name, attributes: { z: 1 } })),
      )
    }
  })

  it('may be of spans that were made here, and keep the totals of the kernel', () => {
    const totals = [{ resource: shop, totals: [] }]
    const batch = new Traces([groupOf('ab'), groupOf('c')], new Delivery(), totals)
    const out = run(mark, batch) as Traces
    expect(namesOf(out)).toBe('ab c')
    expect(out.groups[0]!.spans.at(1).attributes).toEqual({ 'http.route': '/b', marked: true })
    expect(out.totals).toBe(totals)
  })
})
