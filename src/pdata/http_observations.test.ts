import { describe, expect, it } from 'vitest'
import { Delivery } from './delivery.ts'
import { HttpObservations } from './http_observations.ts'
import { HTTP_EXCHANGE } from './http_record.ts'
import { WallClock } from './wall_clock.ts'

const clock = new WallClock(
  () => ({ monotonicNs: 0n, wallNs: 1000n }),
  () => 0n,
)
clock.refresh()

/** Two records, of which the second lies behind a gap; `write` fills it. */
function second(write: (record: Buffer) => void): HttpObservations {
  const memory = Buffer.from(new ArrayBuffer(512)).fill(0xff)
  write(memory.subarray(208, 208 + 170))
  const index = Uint32Array.of(0, 160, 200, 170)
  return new HttpObservations(memory.subarray(8, 400), index, 2, clock, new Delivery())
}

describe('a view over records', () => {
  it('reads each field where it stands', () => {
    const records = second((record) => {
      record.fill(0)
      record.writeUInt16LE(404, HTTP_EXCHANGE.status)
      record[HTTP_EXCHANGE.role] = 2
      record[HTTP_EXCHANGE.end] = 6
      record[HTTP_EXCHANGE.version] = 1
      record.writeUInt16LE(0x8011, HTTP_EXCHANGE.flags)
      record.writeUInt16LE(10, HTTP_EXCHANGE.head_length)
      record.writeInt32LE(104, HTTP_EXCHANGE.error)
      record.writeUInt32LE(4_000_000_000, HTTP_EXCHANGE['socket.pid'])
      record.writeUInt16LE(80, HTTP_EXCHANGE['socket.local_port'])
      record.writeUInt16LE(65535, HTTP_EXCHANGE['socket.remote_port'])
    })
    expect([records.status(1), records.role(1), records.end(1), records.version(1)]).toEqual([
      404, 2, 6, 1,
    ])
    expect([records.flags(1), records.headLength(1), records.error(1)]).toEqual([0x8011, 10, 104])
    expect([records.pid(1), records.localPort(1), records.remotePort(1)]).toEqual([
      4_000_000_000, 80, 65535,
    ])
    expect(records.int(1, HTTP_EXCHANGE['socket.pid'])).toBe(4_000_000_000 | 0)
    expect(records.itemCount).toBe(2)
  })

  it('says whose the socket is, by whom it is asked for where the record does not', () => {
    const memory = Buffer.from(new ArrayBuffer(320))
    memory.writeUInt32LE(7, 160 + HTTP_EXCHANGE['socket.pid'])
    for (const at of [0, 160]) {
      memory.writeBigUInt64LE(0x1_0000_0005n, at + HTTP_EXCHANGE['socket.cookie'])
      memory.writeBigUInt64LE(0x2_0000_0009n, at + HTTP_EXCHANGE['socket.cgroup_id'])
    }
    const index = Uint32Array.of(0, 160, 160, 160)
    const owners = { ownerOf: (cookie: number) => (cookie === 0x1_0000_0005 ? 42 : 0) }
    const records = new HttpObservations(memory, index, 2, clock, new Delivery(), owners)
    expect([records.pid(0), records.pid(1)]).toEqual([42, 7])
    expect(new HttpObservations(memory, index, 2, clock, new Delivery()).pid(0)).toBe(0)
    expect(records.cgroupId(0)).toBe(0x2_0000_0009)
  })

  it('knows at which port an exchange was served', () => {
    const records = (role: number): HttpObservations =>
      second((record) => {
        record[HTTP_EXCHANGE.role] = role
        record.writeUInt16LE(40_000, HTTP_EXCHANGE['socket.local_port'])
        record.writeUInt16LE(80, HTTP_EXCHANGE['socket.remote_port'])
      })
    expect([records(1).serverPort(1), records(2).serverPort(1)]).toEqual([40_000, 80])
  })

  it.each([
    ['curl', 'curl'],
    ['', ''],
    ['fifteen-letters', 'fifteen-letters'],
    ['sixteen-letters!', 'sixteen-letters!'],
  ])('reads the name %j up to its NUL or its end', (name, expected) => {
    const records = second((record) => {
      record.fill(0x78)
      record.fill(0, HTTP_EXCHANGE['socket.comm'] + 5, HTTP_EXCHANGE['socket.comm'] + 16)
      record.write(name.padEnd(16, '\0'), HTTP_EXCHANGE['socket.comm'], 'latin1')
    })
    expect(records.comm(1)).toBe(expected)
    const words = Buffer.alloc(8)
    words.writeInt32LE(records.commWord(1, 0))
    words.writeInt32LE(records.commWord(1, 1), 4)
    expect(words.toString()).toBe(name.padEnd(8, '\0').slice(0, 8))
  })

  it.each([
    [5n, 5n, 0],
    [5n, 6n, 1],
    [0xffff_ffffn, 0x1_0000_0000n, 1],
    [0x1_ffff_ffffn, 0x5_0000_0001n, 0x3_0000_0002],
    [5n, 0n, 0],
    [0x1_0000_0000n, 0xffff_ffffn, 0],
  ])('subtracts time %i from %i', (from, to, nanoseconds) => {
    const records = second((record) => {
      record.writeBigUInt64LE(from, HTTP_EXCHANGE.request_ns)
      record.writeBigUInt64LE(to, HTTP_EXCHANGE.response_ns)
    })
    const { request_ns, response_ns } = HTTP_EXCHANGE
    expect(records.nanosecondsBetween(1, request_ns, response_ns)).toBe(nanoseconds)
    expect(records.timeNs(1, request_ns)).toBe(from + 1000n)
  })

  it('counts up to 2^53 exactly', () => {
    const records = second((record) => {
      record.writeBigUInt64LE(2n ** 53n - 1n, HTTP_EXCHANGE.request_body)
      record.writeBigUInt64LE(0xffff_ffffn, HTTP_EXCHANGE.response_body)
    })
    expect(records.count(1, HTTP_EXCHANGE.request_body)).toBe(2 ** 53 - 1)
    expect(records.count(1, HTTP_EXCHANGE.response_body)).toBe(0xffff_ffff)
  })
})
