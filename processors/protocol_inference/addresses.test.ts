import { expect, it } from 'vitest'
import { HTTP_EXCHANGE } from '../../src/pdata/http_record.ts'
import { type Address, Addresses } from './addresses.ts'
import { observationsOf } from './observations_for_tests.ts'

const REMOTE = HTTP_EXCHANGE['socket.remote_address']
const LOCAL = HTTP_EXCHANGE['socket.local_address']

function remote(addresses: Addresses, text: string): Address {
  return addresses.of(observationsOf([{ remote: text }]), 0, REMOTE)
}

it('makes one of each address, whoever has it', () => {
  const addresses = new Addresses()
  const records = observationsOf([
    { local: '10.0.0.1', remote: '10.0.0.2' },
    { local: '10.0.0.2', remote: '10.0.0.1' },
  ])
  expect(addresses.of(records, 0, LOCAL)).toBe(addresses.of(records, 1, REMOTE))
  expect(addresses.of(records, 0, REMOTE)).toBe(addresses.of(records, 1, LOCAL))
  expect(addresses.of(records, 0, LOCAL).text).toBe('10.0.0.1')
})

it('tells apart addresses that have the same hash', () => {
  const addresses = new Addresses()
  // As words 0, 0, 1, 31 and 0, 0, 0, 0: 1 * 31 ^ 31 is 0.
  const [one, other] = [`${'0'.repeat(16)}010000001f000000`, '0'.repeat(32)]
  expect(remote(addresses, one).text).toBe('::100:0:1f00:0')
  expect(remote(addresses, other).text).toBe('::')
  expect(remote(addresses, one).text).toBe('::100:0:1f00:0')
})

it('has IPv6 in brackets where a port may follow', () => {
  const addresses = new Addresses()
  expect(remote(addresses, '20010db8000000000000000000000001').host).toBe('[2001:db8::1]')
  expect(remote(addresses, '10.0.0.1').host).toBe('10.0.0.1')
})

it('forgets addresses rather than to keep them without bound', () => {
  const addresses = new Addresses()
  const first = remote(addresses, '10.0.0.1')
  for (let i = 0; i < 4096; i++) remote(addresses, `11.0.${i >> 8}.${i & 255}`)
  expect(remote(addresses, '10.0.0.1')).not.toBe(first)
  expect(remote(addresses, '10.0.0.1')).toEqual(first)
})
