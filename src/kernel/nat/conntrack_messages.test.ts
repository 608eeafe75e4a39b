import { expect, it } from 'vitest'
import { addressText } from '../../pdata/address.ts'
import { numbersFrom } from '../../../test/kit/random.ts'
import { destroyed, DNAT, DONE, MASQUERADE, PLAIN, REFUSED } from './conntrack_for_tests.ts'
import { readMessages, type Tracked, type Tuple } from './conntrack_messages.ts'

function textOf({ source, sourcePort, destination, destinationPort, protocol }: Tuple): string {
  const [from, to] = [addressText(source, 0), addressText(destination, 0)]
  return `${protocol} ${from} ${sourcePort} > ${to} ${destinationPort}`
}

function told(...messages: Buffer[]): string[] {
  const lines: string[] = []
  readMessages(Buffer.concat(messages), ({ kind, original, reply }: Tracked) =>
    lines.push(`${kind} ${textOf(original)}, ${textOf(reply)}`),
  )
  return lines
}

const OF_DNAT = '6 10.203.0.1 47988 > 10.96.0.10 80, 6 10.204.0.2 7000 > 10.203.0.1 47988'
const OF_MASQUERADE =
  '6 fd00:203::1 37430 > fd00:204::2 7000, 6 fd00:204::2 7000 > fd00:204::3 37430'

it('tells of connections that are translated, over IPv4 and IPv6, and of their end', () => {
  expect(told(DNAT, PLAIN, MASQUERADE, destroyed(DNAT))).toEqual([
    `new ${OF_DNAT}`,
    `new ${OF_MASQUERADE}`,
    `destroy ${OF_DNAT}`,
  ])
})

it('says that an answer has ended, and how', () => {
  expect(readMessages(Buffer.concat([DNAT, DONE]), () => {})).toEqual({ errno: 0 })
  expect(readMessages(REFUSED, () => {})).toEqual({ errno: 1 })
  expect(readMessages(DNAT, () => {})).toBeUndefined()
})

it('passes over what is cut off or makes no sense', () => {
  for (let length = 0; length < DNAT.length; length++) {
    expect(told(DNAT.subarray(0, length))).toEqual([])
  }
  const random = numbersFrom(7)
  for (let i = 0; i < 3000; i++) {
    const nonsense = Buffer.from(DNAT)
    for (let n = 0; n < 4; n++) nonsense[random(nonsense.length)] = random(256)
    expect(told(nonsense).length).toBeLessThanOrEqual(1)
  }
})

it('passes over protocols that have no ports', () => {
  const icmp = Buffer.from(DNAT)
  // The type of the attribute that has the original's source port.
  expect(icmp.readUInt16BE(icmp.indexOf('06000200bb74', 0, 'hex') + 4)).toBe(0xbb74)
  icmp.writeUInt16LE(4, icmp.indexOf('06000200bb74', 0, 'hex') + 2)
  expect(told(icmp)).toEqual([])
})
