import { readdirSync, readlinkSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { NetlinkSocket } from '../lib/index.js'
import { until } from './support.js'

/** Of include/uapi/linux/: netlink.h, rtnetlink.h. */
const NETLINK_ROUTE = 0
const NLM_F_REQUEST = 1
const NLM_F_DUMP = 0x300
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const RTM_NEWLINK = 16
const RTM_GETLINK = 18
const BPF_RET = 0x06

/** A message without attributes whose body is zeros. */
function message(type: number, flags: number, body: number): Buffer {
  const bytes = Buffer.alloc(16 + body)
  bytes.writeUInt32LE(bytes.length, 0)
  bytes.writeUInt16LE(type, 4)
  bytes.writeUInt16LE(NLM_F_REQUEST | flags, 6)
  bytes.writeUInt32LE(77, 8)
  return bytes
}

/** Types of the messages that come until one of them is the last. */
async function typesFrom(socket: NetlinkSocket, last: readonly number[]): Promise<number[]> {
  const into = Buffer.alloc(1 << 16)
  const types: number[] = []
  await until(() => {
    const bytes = socket.receive(into)
    for (let at = 0; at < bytes; at += (into.readUInt32LE(at) + 3) & ~3) {
      types.push(into.readUInt16LE(at + 4))
      expect(into.readUInt32LE(at + 8)).toBe(77)
    }
    return last.includes(types.at(-1) ?? 0)
  }, 'an answer')
  return types
}

function sockets(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

describe('a netlink socket', () => {
  it('gets the messages of an answer', async () => {
    using socket = NetlinkSocket.open(NETLINK_ROUTE)
    expect(socket.receive(Buffer.alloc(1 << 16))).toBe(0)
    socket.send(message(RTM_GETLINK, NLM_F_DUMP, 16))
    const types = await typesFrom(socket, [NLMSG_DONE])
    expect(types.length).toBeGreaterThan(1)
    expect(new Set(types)).toEqual(new Set([RTM_NEWLINK, NLMSG_DONE]))
  })

  it('gets the error of a request that is none', async () => {
    using socket = NetlinkSocket.open(NETLINK_ROUTE)
    socket.send(message(0x7fff, 0, 16))
    expect(await typesFrom(socket, [NLMSG_ERROR])).toEqual([NLMSG_ERROR])
  })

  it('gets nothing that its filter does not take', async () => {
    using socket = NetlinkSocket.open(NETLINK_ROUTE, { receiveBytes: 65_536 })
    const nothing = Buffer.alloc(8)
    nothing.writeUInt16LE(BPF_RET)
    socket.filter(nothing)
    socket.send(message(0x7fff, 0, 16))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(socket.receive(Buffer.alloc(1 << 16))).toBe(0)
  })

  it('may be closed twice, and leaves nothing open', () => {
    const before = sockets()
    const socket = NetlinkSocket.open(NETLINK_ROUTE)
    socket.join(1)
    expect(sockets()).toBe(before + 1)
    socket.close()
    socket.close()
    expect([sockets(), socket.closed]).toEqual([before, true])
    expect(() => socket.receive(Buffer.alloc(1 << 16))).toThrow(
      'netlink socket of protocol 0 is closed',
    )
  })

  it('says what is refused', () => {
    using socket = NetlinkSocket.open(NETLINK_ROUTE)
    expect(() => NetlinkSocket.open(29)).toThrow(
      'open a netlink socket of protocol 29: EPROTONOSUPPORT (protocol not supported)',
    )
    expect(() => socket.join(1_000_000)).toThrow(
      'join group 1000000 with a netlink socket of protocol 0: EINVAL (invalid argument)',
    )
    expect(() => socket.filter(Buffer.alloc(7))).toThrow(
      'instructions: expected some, of 8 bytes each',
    )
    expect(() => socket.receive(Buffer.alloc(100))).toThrow(
      'into: expected at least 32768 bytes, received 100',
    )
    const Made = NetlinkSocket as unknown as new () => NetlinkSocket
    expect(() => new Made()).toThrow('Use NetlinkSocket.open()')
  })
})
