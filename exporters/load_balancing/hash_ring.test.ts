import { crc32 as zlibCrc32 } from 'node:zlib'
import { expect, it } from 'vitest'
import { withPort } from './endpoint_names.ts'
import { crc32, HashRing } from './hash_ring.ts'

const ids = Array.from({ length: 3000 }, (_, i) => {
  const text = BigInt.asUintN(64, BigInt(i) * 0x9e3779b97f4a7c15n).toString(16)
  return Buffer.from(text.padStart(16, '0'))
})
const endpoints = ['10.0.0.1:4317', '10.0.0.2:4317', 'gateway-3']

const ownersIn = (ring: HashRing) => ids.map((id) => ring.endpoints[ring.ownerOf(id)] as string)

it('computes CRC-32 as others do', () => {
  for (const id of ids.slice(0, 50)) expect(crc32(id)).toBe(zlibCrc32(id))
  expect(crc32(Buffer.from('xabcx'), 1, 4)).toBe(zlibCrc32(Buffer.from('abc')))
  expect(crc32(Buffer.alloc(0))).toBe(0)
})

// Reference: hash/crc32 of Go 1.25 with the rule of the Collector's exporter.
it('sends traces where the Collector sends them', () => {
  const owners = ownersIn(new HashRing(endpoints))
  const first = owners.slice(0, 20).map((owner) => endpoints.indexOf(owner))
  expect(first.join('')).toBe('01020002202202212002')
  const counts = endpoints.map((endpoint) => owners.filter((one) => one === endpoint).length)
  expect(counts).toEqual([1116, 1002, 882])
})

it('is the same for the same endpoints in another order', () => {
  const others = ownersIn(new HashRing(endpoints.toReversed()))
  expect(others).toEqual(ownersIn(new HashRing(endpoints)))
})

it('moves only what was of an endpoint that is gone', () => {
  const before = ownersIn(new HashRing(endpoints))
  const after = ownersIn(new HashRing(endpoints.slice(1)))
  const moved = before.filter((owner, i) => owner !== after[i])
  expect(new Set(moved)).toEqual(new Set(['10.0.0.1:4317']))
})

it('gives endpoints without a port that of OTLP', () => {
  const names = ['gateway', 'gateway:1', '10.0.0.1', '::1', '[::1]', '[::1]:2']
  expect(names.map(withPort)).toEqual([
    'gateway:4317',
    'gateway:1',
    '10.0.0.1:4317',
    '[::1]:4317',
    '[::1]:4317',
    '[::1]:2',
  ])
})
