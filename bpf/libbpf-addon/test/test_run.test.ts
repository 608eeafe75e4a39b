import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { BpfObject } from '../lib/index.js'
import { loadObject, zero } from './support.ts'

const tcpOverIp4 = Buffer.from(
  '4500003a00010000400600000a0000010a0000029c401f90000003e8000013885010020000000000',
  'hex',
)
const payload = Buffer.from('GET / HTTP/1.1\r\n\r\n')
const ETH_IP4 = 0x0800
const frame = Buffer.concat([ethernet(ETH_IP4), tcpOverIp4, payload])

let object: BpfObject
beforeEach(() => {
  object = loadObject('test_run')
})
afterEach(() => object.close())

function ethernet(type: number): Buffer {
  const header = Buffer.alloc(14)
  header.writeUInt16BE(type, 12)
  return header
}

/** What the program noted of its last run. */
function seen(): Record<string, number> {
  const bytes = object.map('results').lookup(zero) as Buffer
  const { members } = object.structLayout('seen')
  return Object.fromEntries(
    members
      .filter(({ name, size }) => name !== '_pad' && size <= 8)
      .map(({ name, offset, size }) => [name, bytes.readUIntLE(offset, Math.min(size, 6))]),
  )
}

/** A `struct __sk_buff` with one field set. */
function context(offset: number, value: number): Buffer {
  const skb = Buffer.alloc(192)
  skb.writeUInt32LE(value, offset)
  return skb
}

describe('a test run of a cgroup_skb program', () => {
  it('shows the packet from its IP header on, and a full socket that is no TCP socket', () => {
    expect(object.testRun('looks', { data: frame }).returnValue).toBe(1)
    expect(seen()).toEqual({
      length: frame.length - 14,
      linear: frame.length - 14,
      protocol: 8, // 0x0800 as the network has it
      first: 0x45,
      mark: 0,
      priority: 0,
      tstamp: 0,
      has_socket: 1,
      is_full: 1,
      is_tcp: 0,
      family: 2,
      socket_protocol: 0,
      state: 7,
      src_ip4: 0x0100000a,
      runs_of_this_socket: 1,
    })
  })

  it('has one socket for all its repetitions, and a new one the next time', () => {
    object.testRun('looks', { data: frame, repeat: 5 })
    expect(seen()['runs_of_this_socket']).toBe(5)
    object.testRun('looks', { data: frame })
    expect(seen()['runs_of_this_socket']).toBe(1)
  })

  it.each([
    ['mark', 8],
    ['priority', 32],
    ['tstamp', 152],
  ])('takes %s from the context', (field, offset) => {
    object.testRun('looks', { data: frame, context: context(offset, 77) })
    expect(seen()[field]).toBe(77)
  })

  it.each([
    ['len', 0],
    ['protocol', 16],
  ])('takes no %s from the context', (_, offset) => {
    const input = { data: frame, context: context(offset, 77) }
    expect(() => object.testRun('looks', input)).toThrow(
      'test run of program "looks": EINVAL (invalid argument)',
    )
  })

  it.each([
    ['data', { data: 'GET' }, 'input.data: expected a Uint8Array, received'],
    ['context', { context: 1 }, 'input.context: expected a Uint8Array, received 1'],
    ['repeat', { repeat: -1 }, 'input.repeat: expected an integer from 0 to 2147483647'],
  ])('refuses a wrong %s', (_, input, message) => {
    expect(() => object.testRun('looks', input as object)).toThrow(message)
  })

  it('says what the kernel thinks of less than an IP header', () => {
    const short = Buffer.concat([ethernet(ETH_IP4), Buffer.alloc(0)])
    expect(() => object.testRun('looks', { data: short.subarray(0, 13) })).toThrow(
      'test run of program "looks": EINVAL (invalid argument)',
    )
  })
})
