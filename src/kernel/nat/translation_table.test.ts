import { expect, it } from 'vitest'
import { addressText } from '../../pdata/address.ts'
import { ArrayNetworkObservations } from '../../pdata/network_observations_for_tests.ts'
import { numbersFrom } from '../../../test/kit/random.ts'
import { destroyed, DNAT, MASQUERADE } from './conntrack_for_tests.ts'
import { readMessages, type Tracked, type Tuple } from './conntrack_messages.ts'
import { TranslationTable } from './translation_table.ts'

function tableOf(...messages: Buffer[]): TranslationTable {
  const table = new TranslationTable(100)
  readMessages(Buffer.concat(messages), (tracked) => table.take(tracked))
  return table
}

/** Who is behind the peer of a socket: `address port`, or empty. */
function behind(table: TranslationTable, local: string, peer: string, transport = 'tcp'): string {
  const found = table.find(new ArrayNetworkObservations([{ local, peer, transport }]), 0)
  return found ? `${addressText(new Uint8Array(found.words.buffer), 0)} ${found.port}` : ''
}

it('knows who answers for a virtual address', () => {
  const table = tableOf(DNAT)
  expect(behind(table, '10.203.0.1:47988', '10.96.0.10:80')).toBe('10.204.0.2 7000')
  expect(behind(table, '10.204.0.2:7000', '10.203.0.1:47988')).toBe('')
  expect(table.size).toBe(1)
})

it('knows who is behind a masquerade', () => {
  const table = tableOf(MASQUERADE)
  expect(behind(table, '[fd00:204::2]:7000', '[fd00:204::3]:37430')).toBe('fd00:203::1 37430')
  expect(behind(table, '[fd00:203::1]:37430', '[fd00:204::2]:7000')).toBe('')
})

it('tells connections apart by addresses, ports and transport', () => {
  const table = tableOf(DNAT, MASQUERADE)
  expect(behind(table, '10.203.0.1:47989', '10.96.0.10:80')).toBe('')
  expect(behind(table, '10.203.0.1:47988', '10.96.0.10:81')).toBe('')
  expect(behind(table, '10.203.0.2:47988', '10.96.0.10:80')).toBe('')
  expect(behind(table, '10.203.0.1:47988', '10.96.0.11:80')).toBe('')
  expect(behind(table, '10.203.0.1:47988', '10.96.0.10:80', 'udp')).toBe('')
  expect(behind(table, '10.203.0.1:47988', '10.96.0.10:80', 'icmp')).toBe('')
})

it('forgets a connection at its end', () => {
  const table = tableOf(DNAT, MASQUERADE, destroyed(DNAT))
  expect(behind(table, '10.203.0.1:47988', '10.96.0.10:80')).toBe('')
  expect(table.size).toBe(1)
})

/** A connection from a port to a service, which another port answers. */
function connection(port: number, answers = port, kind: Tracked['kind'] = 'new'): Tracked {
  const tuple = (
    source: Uint8Array,
    sourcePort: number,
    destination: Uint8Array,
    to: number,
  ): Tuple => ({
    source,
    sourcePort,
    destination,
    destinationPort: to,
    protocol: 6,
  })
  const [client, service, server] = [1, 2, 3].map((last) => {
    const address = new Uint8Array(16).fill(255, 10, 12)
    address.set([10, 0, 0, last], 12)
    return address
  }) as [Uint8Array, Uint8Array, Uint8Array]
  return {
    kind,
    original: tuple(client, port, service, 80),
    reply: tuple(server, answers, client, port),
  }
}

const found = (table: TranslationTable, port: number): string =>
  behind(table, `10.0.0.1:${port}`, '10.0.0.2:80')

it('has for a port that is used again the last one', () => {
  const table = new TranslationTable(10)
  table.take(connection(1000, 1))
  table.take(connection(1000, 2))
  expect([found(table, 1000), table.size]).toEqual(['10.0.0.3 2', 1])
})

it('makes room by what nobody has asked for of late, and counts it', () => {
  const table = new TranslationTable(4)
  for (const port of [1, 2, 3, 4]) table.take(connection(port))
  expect(found(table, 1)).toBe('10.0.0.3 1')
  for (const port of [5, 6]) table.take(connection(port))
  expect([1, 2, 3, 4, 5, 6].map((port) => found(table, port) !== '')).toEqual([
    true,
    false,
    false,
    true,
    true,
    true,
  ])
  expect([table.size, table.evicted]).toEqual([4, 2])
})

it('agrees with a plain map, whatever comes and goes', () => {
  const table = new TranslationTable(100_000)
  const plain = new Map<number, number>()
  const random = numbersFrom(11)
  for (let i = 0; i < 20_000; i++) {
    const [port, answers] = [1 + random(2000), 1 + random(60_000)]
    if (random(3) === 0) {
      table.take(connection(port, answers, 'destroy'))
      plain.delete(port)
    } else {
      table.take(connection(port, answers))
      plain.set(port, answers)
    }
  }
  expect(table.size).toBe(plain.size)
  for (let port = 1; port <= 2000; port++) {
    const expected = plain.get(port)
    expect(found(table, port)).toBe(expected === undefined ? '' : `10.0.0.3 ${expected}`)
  }
  table.clear()
  expect([table.size, found(table, 1)]).toEqual([0, ''])
})
