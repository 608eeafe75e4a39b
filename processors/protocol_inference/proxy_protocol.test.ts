import { expect, it } from 'vitest'
import { readProxyHeader } from './proxy_protocol.ts'

const SIGNATURE = '0d0a0d0a000d0a515549540a'

/** A version 2 header of these fields, in hex. */
function v2(command: string, family: string, addresses: string): Buffer {
  const length = (addresses.length / 2).toString(16).padStart(4, '0')
  return Buffer.from(`${SIGNATURE}${command}${family}${length}${addresses}`, 'hex')
}

it.each([
  ['PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n', { address: '192.0.2.1', port: 56324 }],
  ['PROXY TCP6 2001:db8::1 ::1 65535 443\r\n', { address: '2001:db8::1', port: 65535 }],
])('reads the client of version 1: %j', (header, client) => {
  expect(readProxyHeader(Buffer.from(header))).toEqual(client)
})

it('reads the client of version 2, for IPv4 and IPv6', () => {
  const four = v2('21', '11', 'c0000201c6336401dc0401bb')
  expect(readProxyHeader(four)).toEqual({ address: '192.0.2.1', port: 56324 })
  const six = v2('21', '21', `20010db8${'0'.repeat(23)}1${'0'.repeat(31)}1dc0401bb`)
  expect(readProxyHeader(six)).toEqual({ address: '2001:db8::1', port: 56324 })
})

it.each([
  Buffer.from('PROXY UNKNOWN\r\n'),
  Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443'),
  Buffer.from('PROXY TCP4 not-one 198.51.100.1 56324 443\r\n'),
  Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 66000 443\r\n'),
  v2('20', '11', 'c0000201c6336401dc0401bb'),
  v2('21', '31', 'c0000201c6336401dc0401bb'),
  v2('21', '11', 'c0000201'),
  Buffer.alloc(0),
])('names no client where the header names none, or is none', (header) => {
  expect(readProxyHeader(header)).toBeUndefined()
})
