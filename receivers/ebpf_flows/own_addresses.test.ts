import { networkInterfaces } from 'node:os'
import { expect, it } from 'vitest'
import { type Addresses, addressesOfNode, ipv4Of, ipv6Of, OwnAddresses } from './own_addresses.ts'

const FIB_TRIE = `Main:
  +-- 0.0.0.0/0 3 0 5
     +-- 10.0.0.0/24 2 0 2
        |-- 10.0.0.0
           /24 link UNICAST
        |-- 10.0.0.7
           /32 host LOCAL
        |-- 10.0.0.255
           /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
`
const IF_INET6 = `fd000203000000000000000000000001 02 40 00 80     eth0
00000000000000000000000000000001 01 80 10 80       lo
`
const V4 = '00000000000000000000ffff'

it('reads the addresses of a network namespace', () => {
  expect([...ipv4Of(FIB_TRIE)]).toEqual([`${V4}0a000007`, `${V4}7f000001`])
  expect([...ipv6Of(IF_INET6)]).toEqual([
    'fd000203000000000000000000000001',
    '00000000000000000000000000000001',
  ])
})

it("has the agent's own, however large its table of routes", () => {
  const all = addressesOfNode()
  const own = Object.values(networkInterfaces()).flatMap((some = []) => some)
  for (const { address, family } of own) {
    if (family !== 'IPv4') continue
    const bytes = Buffer.from(address.split('.').map(Number))
    expect(all).toContain(V4 + bytes.toString('hex'))
  }
})

/** A map that is kept here. */
class FakeMap {
  readonly has = new Set<string>()
  writes = 0

  keys(): Iterable<Buffer> {
    return [...this.has].map((key) => Buffer.from(key, 'hex'))
  }
  update(key: Uint8Array): void {
    this.writes++
    this.has.add(Buffer.from(key).toString('hex'))
  }
  delete(key: Uint8Array): boolean {
    return this.has.delete(Buffer.from(key).toString('hex'))
  }
}

it('keeps a map in step, and leaves alone for one time what a socket has added', () => {
  const [one, two, learned] = ['01', '02', '03'].map((byte) => byte.repeat(16)) as [
    string,
    string,
    string,
  ]
  let there: Addresses = new Set([one, two])
  const map = new FakeMap()
  const addresses = new OwnAddresses(map, () => there)
  addresses.refresh()
  expect([...map.has]).toEqual([one, two])
  map.has.add(learned)
  there = new Set([two])
  addresses.refresh()
  expect([...map.has]).toEqual([one, two, learned])
  addresses.refresh()
  expect([...map.has]).toEqual([two])
  expect(map.writes).toBe(2)
})
