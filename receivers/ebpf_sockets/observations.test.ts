import { expect, it } from 'vitest'
import { Delivery } from '../../src/pdata/delivery.ts'
import { NETWORK_COUNTERS, NETWORK_GAUGES } from '../../src/pdata/network_observations.ts'
import { SocketReports } from './observations.ts'
import { REPORT_SIZE, SOCKET_REPORT as AT } from './record.ts'

/** One report of which some fields are set: name, value. */
function report(
  fields: Partial<Record<keyof typeof AT, number>>,
  jiffyUs = 4000,
  asked = '',
  size: number = REPORT_SIZE,
): SocketReports {
  const bytes = Buffer.from(new ArrayBuffer(REPORT_SIZE))
  for (const [name, value] of Object.entries(fields) as [keyof typeof AT, number][]) {
    const size = SIZES[name] ?? 4
    bytes.writeUIntLE(value, AT[name], Math.min(size, 6))
  }
  bytes.write('00000000000000000000ffff0a000001', AT['socket.local_address'], 'hex')
  bytes.write('fd000203000000000000000000000002', AT['socket.remote_address'], 'hex')
  bytes.write(asked, AT['asked.address'], 'hex')
  bytes.write('nginx', AT['socket.comm'])
  const index = new Uint32Array([0, size])
  const [startNs, endNs, delivery] = [1n, 2n, new Delivery()]
  return new SocketReports({ bytes, index, itemCount: 1, startNs, endNs, jiffyUs, delivery })
}

const SIZES: Partial<Record<keyof typeof AT, number>> = {
  role: 1,
  reset: 1,
  error: 2,
  'socket.cookie': 8,
  'socket.cgroup_id': 8,
  'socket.local_port': 2,
  'socket.remote_port': 2,
  bytes_sent: 8,
  bytes_received: 8,
  'events.resets_sent': 2,
  'events.resets_received': 2,
  'events.opened': 1,
  'events.accepted': 1,
  'events.closed': 1,
  'events.failed': 1,
  'asked.port': 2,
}

it('reads whose a connection is, and between whom', () => {
  const one = report({
    role: 2,
    'socket.cgroup_id': 2 ** 33 + 5,
    'socket.netns': 4026531833,
    'socket.pid': 77,
    'socket.local_port': 40000,
    'socket.remote_port': 443,
  })
  expect([one.transport(), one.role(0), one.pid(0), one.comm(0)]).toEqual([
    'tcp',
    'client',
    77,
    'nginx',
  ])
  expect([one.localAddress(0), one.localPort(0)]).toEqual(['10.0.0.1', 40000])
  expect([one.peerAddress(0), one.peerPort(0)]).toEqual(['fd00:203::2', 443])
  expect([one.localWord(0, 2), one.localWord(0, 3)]).toEqual([-65536, 0x0100000a])
  expect([one.peerWord(0, 0), one.peerWord(0, 3)]).toEqual([0x030200fd | 0, 0x02000000])
  expect([one.commWord(0, 0), one.commWord(0, 1)]).toEqual([0x6e69676e, 0x78])
  expect([one.cgroupId(0), one.netns(0), one.serverPort(0)]).toEqual([2 ** 33 + 5, 4026531833, 443])
})

it('reads what was asked for where there is something', () => {
  expect(report({ 'socket.remote_port': 443 }).asked(0)).toBeUndefined()
  const asked = report({ 'asked.port': 80 }, 4000, '00000000000000000000ffff0a60000a').asked(0)
  const behind = report({ 'asked.port': 80 }, 4000, '', AT['asked.address'])
  expect(behind.asked(0)).toBeUndefined()
  expect(asked).toEqual({ words: new Int32Array([0, 0, -65536, 0x0a00600a]), port: 80 })
})

it('reads each counter and gauge', () => {
  const one = report({
    role: 1,
    bytes_sent: 2 ** 40 + 1,
    bytes_received: 2,
    packets_sent: 3,
    packets_received: 4,
    retransmits: 5,
    out_of_order: 6,
    rwnd_limited: 7,
    listen_overflows: 8,
    'events.connect_us': 9,
    'events.resets_sent': 10,
    'events.resets_received': 11,
    'events.opened': 12,
    'events.accepted': 13,
    'events.closed': 14,
    'events.failed': 15,
    srtt_us: 16,
    min_rtt_us: 17,
  })
  expect(Object.fromEntries(NETWORK_COUNTERS.map((name) => [name, one.counter(0, name)]))).toEqual({
    bytes_sent: 2 ** 40 + 1,
    bytes_received: 2,
    packets_sent: 3,
    packets_received: 4,
    retransmits: 5,
    out_of_order: 6,
    opened: 12,
    accepted: 13,
    closed: 14,
    failed: 15,
    resets_sent: 10,
    resets_received: 11,
    rwnd_limited_us: 28_000,
    listen_overflows: 8,
    drops: 0,
  })
  expect(NETWORK_GAUGES.map((name) => one.gauge(0, name))).toEqual([16, 17, undefined, 9])
})

it('says of a failure the errno, and of a reset that was sent the reason', () => {
  expect(report({ error: 111 }).reason(0)).toBe('ECONNREFUSED')
  expect(report({ reset: 11, 'events.resets_sent': 1 }).reason(0)).toBe('ABORT_ON_CLOSE')
  expect(report({ reset: 11 }).reason(0)).toBe('')
  expect(report({}).reason(0)).toBe('')
})

it('does not say which end began what began unseen', () => {
  expect([0, 1, 2, 3].map((role) => report({ role }).role(0))).toEqual([
    'peer',
    'server',
    'client',
    'server',
  ])
})
