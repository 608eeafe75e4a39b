import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { receivedBatch, shown } from '../../src/pdata/attribute_batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { bank, groupOf, shop } from '../../src/pdata/spans_for_tests.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { resourceConfig } from './config.ts'
import { resource } from './index.ts'
import { ResourceProcessor } from './processor.ts'

const actions = [
  { key: 'zone', action: 'insert', value: 'b' },
  { key: 'service.name', action: 'hash' },
  { key: 'secret', action: 'delete' },
]

lifecycleTest(resource, { attributes: actions })

/** `printf shop | sha256sum` */
const HASHED = '8d9001d32c6a703d95921a77115050f33dd823d3f1730bd35215dcbecad6dc20'

function processorOf(attributes: unknown = actions): (batch: OtlpBatch) => OtlpBatch {
  const { operator } = new ResourceProcessor(resourceConfig.parse({ attributes }))
  return (batch) => {
    let out: Batch[] = []
    of<Batch>(batch)
      .pipe(operator, toArray())
      .subscribe((batches) => (out = batches))
    return out[0] as OtlpBatch
  }
}

describe('resource', () => {
  it.each(['traces', 'logs', 'metrics'] as const)('changes the resources of %s', (signal) => {
    const items = [{ name: 'a', attributes: { 'service.name': 'own', secret: 1n } }]
    const given = { zone: 'a', secret: ['x', 2n, Buffer.from('y')], double: 2 }
    const batch = receivedBatch(signal, [{ resource: given, items }, { items }])
    const before = shown(batch)
    const out = processorOf()(batch)
    expect(shown(out).map((group) => group.resource)).toEqual([
      { zone: 'a', double: 2 },
      { zone: 'b' },
    ])
    expect(shown(out).map((group) => group.items)).toEqual(before.map((group) => group.items))
    expect(shown(batch)).toEqual(before)
    expect(out.delivery).toBe(batch.delivery)
    expect(out.itemCount).toBe(2)
  })

  it('makes one resource of one, however many batches are about it', () => {
    const change = processorOf()
    const batch = (): OtlpBatch => {
      return receivedBatch('logs', [{ resource: { 'service.name': 'x' }, items: [{ name: 'a' }] }])
    }
    const [first, second] = [change(batch()), change(batch())]
    expect(first.groups[0]!.resource).toBe(second.groups[0]!.resource)
  })

  it('hands a batch on itself where nothing changes', () => {
    const batch = receivedBatch('traces', [{ resource: { a: 'b' }, items: [{ name: 'a' }] }])
    expect(processorOf([{ key: 'none', action: 'delete' }])(batch)).toBe(batch)
  })

  it('changes resources that were made here, and those of totals with them', () => {
    const totals = [{ resource: shop, totals: [] }]
    const batch = new Traces([groupOf('ab'), groupOf('c', bank)], new Delivery(), totals)
    const out = processorOf([{ key: 'zone', action: 'upsert', value: 1 }])(batch) as Traces
    expect(out.groups.map((group) => group.resource.attributes)).toEqual([
      { 'service.name': 'shop', zone: 1 },
      { 'service.name': 'bank', zone: 1 },
    ])
    expect(out.totals).toEqual([{ resource: out.groups[0]!.resource, totals: [] }])
    expect(out.totals[0]!.resource).toBe(out.groups[0]!.resource)
  })

  it('does what attributes does', () => {
    const batch = receivedBatch('logs', [{ resource: { 'service.name': 'shop' }, items: [{}] }])
    expect(shown(processorOf()(batch))[0]!.resource).toEqual({ 'service.name': HASHED, zone: 'b' })
  })
})
