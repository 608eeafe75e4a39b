import { expect, it } from 'vitest'
import { receivedBatch, shown } from '../../src/pdata/attribute_batches_for_tests.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { span } from './fixtures.ts'
import { HashRing } from './hash_ring.ts'
import { partBatch, type RoutingKey } from './routing.ts'

const ring = new HashRing(['a:1', 'b:1', 'c:1'])

/** The names of the items of each part, the parts in the order of their endpoints. */
function parts(batch: OtlpBatch, key?: RoutingKey): string[] {
  const made = [...partBatch(batch, key, ring)].toSorted(([a], [b]) => a - b)
  for (const [, part] of made) expect(part.delivery).toBe(batch.delivery)
  return made.map(([, part]) => {
    const groups = shown(part).map(({ items }) => items.map(({ name }) => name).join(' '))
    return groups.join(' | ')
  })
}

it('parts spans by trace, whole traces to one endpoint', () => {
  const items = [0, 1, 2, 3, 4, 0, 1, 5].map((trace) => span(trace))
  const made = parts(receivedBatch('traces', [{ items }]))
  expect(made.length).toBeGreaterThan(1)
  const names = made.flatMap((part) => part.split(' ')).toSorted((a, b) => a.localeCompare(b))
  expect(names.join(' ')).toBe('t0 t0 t1 t1 t2 t3 t4 t5')
  for (const trace of ['t0', 't1']) {
    expect(made.filter((part) => part.split(' ').includes(trace)).length).toBe(1)
  }
})

it('leaves a batch that goes to one endpoint as it is', () => {
  const batch = receivedBatch('traces', [{ items: [span(1), span(1)] }, { items: [span(1)] }])
  const [[, part] = []] = [...partBatch(batch, 'traceID', ring)]
  expect(part).toBe(batch)
  const one = new HashRing(['a:1'])
  const large = receivedBatch('traces', [{ items: [span(1), span(2), span(3)] }])
  expect([...partBatch(large, 'service', one)]).toEqual([[0, large]])
})

it('parts spans, metrics and logs by service or resource', () => {
  const groups = ['one', 'two', 'three', 'one', 'four'].map((service, i) => ({
    resource: { 'service.name': service, host: BigInt(i) },
    items: [{ name: `${service}${i}` }],
  }))
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    const made = parts(receivedBatch(signal, groups), 'service')
    expect(made.length).toBeGreaterThan(1)
    expect(made.filter((part) => part.includes('one')).length).toBe(1)
    const apart = parts(receivedBatch(signal, groups), 'resource')
    expect(apart.flatMap((part) => part.split(' | ')).length).toBe(5)
    expect(apart).not.toEqual(made)
  }
})

it('parts logs by trace and metrics by service unless told otherwise', () => {
  const record = (trace: number) => ({ ...span(trace), spanId: '', name: `t${trace}` })
  const items = [...[1, 2, 3, 1].map(record), { name: 'none' }]
  const made = parts(receivedBatch('logs', [{ items }]))
  expect(made.length).toBeGreaterThan(1)
  expect(made.filter((part) => part.includes('t1')).length).toBe(1)
  const resource = { 'service.name': 'one' }
  const metrics = [
    { resource, items: [{ name: 'a' }] },
    { resource, scope: 'other', items: [{ name: 'b' }] },
  ]
  expect(parts(receivedBatch('metrics', metrics), 'traceID')).toEqual(['a | b'])
})
