import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import {
  type PlainGroup,
  type PlainMap,
  receivedBatch,
  shown,
} from '../../src/pdata/attribute_batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { bank, groupOf, namesOf, shop } from '../../src/pdata/spans_for_tests.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { groupByAttrsConfig } from './config.ts'
import { groupByAttrs } from './index.ts'
import { GroupByAttrsProcessor } from './processor.ts'

lifecycleTest(groupByAttrs)

function run(keys: readonly string[], batch: OtlpBatch): OtlpBatch {
  const { operator } = new GroupByAttrsProcessor(groupByAttrsConfig.parse({ keys }))
  let out: Batch[] = []
  of<Batch>(batch)
    .pipe(operator, toArray())
    .subscribe((batches) => (out = batches))
  return out[0] as OtlpBatch
}

const item = (name: string, attributes: PlainMap = {}) => ({ name, attributes })

describe.each(['traces', 'logs'] as const)('%s', (signal) => {
  const regrouped = (keys: readonly string[], groups: readonly PlainGroup[]): PlainGroup[] => {
    const batch = receivedBatch(signal, groups)
    const before = shown(batch)
    const out = run(keys, batch)
    expect(out.itemCount).toBe(batch.itemCount)
    expect(out.delivery).toBe(batch.delivery)
    expect(shown(batch)).toEqual(before)
    return shown(out)
  }

  it('stand under a resource with the values of the keys, and lose them', () => {
    const items = [
      item('a', { host: 'one', x: 1n }),
      item('b', { host: 'two' }),
      item('c', { host: 'one', rack: 7n }),
      item('d', { x: 2n }),
      item('e', { host: 'one' }),
    ]
    const resource = { zone: 'z', host: 'old' }
    expect(regrouped(['host', 'rack'], [{ resource, items }])).toEqual([
      {
        resource: { zone: 'z', host: 'one' },
        scope: 'test',
        items: [item('a', { x: 1n }), item('e')],
      },
      { resource: { zone: 'z', host: 'two' }, scope: 'test', items: [item('b')] },
      { resource: { zone: 'z', host: 'one', rack: 7n }, scope: 'test', items: [item('c')] },
      { resource, scope: 'test', items: [item('d', { x: 2n })] },
    ])
  })

  it('come together from several resources and scopes', () => {
    const groups = [
      { resource: { a: 'x', b: 1n }, items: [item('a', { host: 'one' })] },
      { resource: { b: 1n, a: 'x' }, scope: 'other', items: [item('b', { host: 'one' })] },
      { resource: { b: 1n, a: 'x', host: 'one' }, items: [item('c')] },
      { resource: { b: 1n, a: 'x' }, items: [item('d', { host: 'one' })] },
    ]
    const resource = { a: 'x', b: 1n, host: 'one' }
    expect(regrouped(['host'], groups)).toEqual([
      { resource, scope: 'test', items: [item('a'), item('c'), item('d')] },
      { resource, scope: 'other', items: [item('b')] },
    ])
  })

  it('are told apart by values of every type', () => {
    const values = ['1', 1n, 1, true, ['1'], { a: '1' }, Buffer.from('1'), null]
    const items = values.map((k, i) => item(String(i), { k }))
    const out = regrouped(['k'], [{ items: [...items, ...items] }])
    // As for the Collector, 1 and 1.0 are of two types; resources that only differ so are one.
    expect(out.map((group) => group.items.map(({ name }) => name).join(''))).toEqual([
      '00',
      '1122',
      '33',
      '44',
      '55',
      '66',
      '77',
    ])
    expect(out[4]!.resource).toEqual({ k: { a: '1' } })
  })

  it('without keys are brought together where their resources are the same', () => {
    const groups = [
      { resource: { a: 'x' }, items: [item('a', { k: 'v' })] },
      { resource: { a: 'y' }, items: [item('b')] },
      { resource: { a: 'x' }, items: [item('c')] },
    ]
    expect(regrouped([], groups)).toEqual([
      { resource: { a: 'x' }, scope: 'test', items: [item('a', { k: 'v' }), item('c')] },
      { resource: { a: 'y' }, scope: 'test', items: [item('b')] },
    ])
  })

  it('come out themselves where they are grouped so already', () => {
    const batch = receivedBatch(signal, [
      { resource: { a: 'x' }, items: [item('a', { k: 'v' })] },
      { resource: { a: 'y' }, items: [item('b')] },
    ])
    expect(run([], batch)).toBe(batch)
    expect(run(['host'], batch)).toBe(batch)
  })
})

describe('metrics', () => {
  const points = (...all: PlainMap[]): { readonly points: PlainMap[] } => ({ points: all })

  it('are parted by the attributes of their points', () => {
    const items = [
      { name: 'm', ...points({ host: 'one', x: 1n }, { host: 'two' }, { host: 'one', x: 2n }) },
      { name: 'n', type: 'histogram' as const, ...points({ host: 'two' }) },
      { name: 'o', type: 'summary' as const, ...points({}) },
    ]
    const batch = receivedBatch('metrics', [{ resource: { z: 'z' }, items }])
    const out = run(['host'], batch)
    expect(out.itemCount).toBe(5)
    expect(shown(out)).toEqual([
      {
        resource: { z: 'z', host: 'one' },
        scope: 'test',
        items: [{ name: 'm', ...points({ x: 1n }, { x: 2n }) }],
      },
      {
        resource: { z: 'z', host: 'two' },
        scope: 'test',
        items: [
          { name: 'm', ...points({}) },
          { name: 'n', ...points({}) },
        ],
      },
      { resource: { z: 'z' }, scope: 'test', items: [{ name: 'o', ...points({}) }] },
    ])
  })

  it('that are the same become one, others of that name do not', () => {
    const group = (type: 'gauge' | 'sum', k: string): PlainGroup => ({
      items: [{ name: 'm', type, ...points({ k }) }],
    })
    const batch = receivedBatch('metrics', [
      group('gauge', 'a'),
      group('sum', 'b'),
      group('gauge', 'c'),
    ])
    const out = run([], batch)
    expect(shown(out)).toEqual([
      {
        resource: {},
        scope: 'test',
        items: [
          { name: 'm', ...points({ k: 'a' }, { k: 'c' }) },
          { name: 'm', ...points({ k: 'b' }) },
        ],
      },
    ])
    expect(out.itemCount).toBe(3)
  })

  it('come out themselves where no point has a key', () => {
    const batch = receivedBatch('metrics', [{ items: [{ name: 'm', ...points({ k: 'a' }) }] }])
    expect(run(['host'], batch)).toBe(batch)
    expect(run([], batch)).toBe(batch)
  })
})

it('takes spans that were made here, and keeps the totals of the kernel', () => {
  const totals = [{ resource: shop, totals: [] }]
  const groups = [groupOf('a'), groupOf('b', bank), groupOf('c')]
  const batch = new Traces(groups, new Delivery(), totals)
  const together = run([], batch) as Traces
  expect(namesOf(together)).toBe('ac b')
  expect(together.totals).toBe(totals)
  const parted = run(['http.route'], batch) as Traces
  expect(parted.groups.map(({ resource }) => resource.attributes)).toEqual([
    { 'service.name': 'shop', 'http.route': '/a' },
    { 'service.name': 'bank', 'http.route': '/b' },
    { 'service.name': 'shop', 'http.route': '/c' },
  ])
  expect(parted.groups[0]!.spans.at(0).attributes).toEqual({})
})

it('groups by thousands of values', () => {
  const items = Array.from({ length: 5000 }, (_, i) => item('a', { id: BigInt(i) }))
  const out = run(['id'], receivedBatch('logs', [{ items }]))
  expect(out.groups.length).toBe(5000)
})
