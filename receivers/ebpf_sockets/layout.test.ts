import { readFileSync } from 'node:fs'
import { BpfObject } from 'libbpf-addon'
import { describe, expect, it } from 'vitest'
import { objectPath } from '../../src/kernel/objects.ts'
import {
  REPORT_SIZE,
  RESET_REASONS,
  SOCKET_COUNTERS,
  SOCKET_REPORT,
  SOCKET_ROLE,
} from './record.ts'

it('struct socket_report has every field where SOCKET_REPORT says, and no others', () => {
  using object = BpfObject.open(objectPath('sockets'))
  const { size, members } = object.structLayout('socket_report')
  const own = members.filter(
    ({ name }) => !['socket', 'events', 'asked'].includes(name) && !/(^|\.)_pad$/.test(name),
  )
  expect(Object.fromEntries(own.map(({ name, offset }) => [name, offset]))).toEqual(SOCKET_REPORT)
  expect(size).toBe(REPORT_SIZE)
})

it('struct socket_report has fields of the sizes by which SocketReports reads them', () => {
  using object = BpfObject.open(objectPath('sockets'))
  const { members } = object.structLayout('socket_report')
  const sizes = Object.fromEntries(members.map(({ name, size }) => [name, size]))
  expect(sizes).toMatchObject({
    role: 1,
    error: 2,
    bytes_sent: 8,
    bytes_received: 8,
    packets_sent: 4,
    rwnd_limited: 4,
    'events.resets_sent': 2,
    'events.opened': 1,
    srtt_us: 4,
    'socket.comm': 16,
  })
})

/** The enumerators of an enum in the header, without prefix and in lower case, in their order. */
function enumerators(name: string, prefix: string): string[] {
  const header = readFileSync(new URL('../../bpf/sockets/sockets.h', import.meta.url), 'utf8')
  const body = new RegExp(`enum ${name} \\{(.*?)\\n\\};`, 's').exec(header)?.[1] ?? ''
  const items = body.replaceAll(/\/\*.*?\*\//gs, '').matchAll(/(\w+)\s*(?:=\s*\d+)?,/g)
  return [...items].map(([, item = '']) => item.replace(prefix, '').toLowerCase())
}

describe('the enums of bpf/sockets/sockets.h', () => {
  it('have the names that TypeScript has, in their order', () => {
    expect(enumerators('socket_counter', 'COUNT_')).toEqual([...SOCKET_COUNTERS, 'max'])
    expect(enumerators('socket_role', 'SOCKET_')).toEqual(Object.keys(SOCKET_ROLE))
    const reasons = RESET_REASONS.map((name) => name.toLowerCase() || 'unknown')
    expect(enumerators('reset_reason', 'RESET_')).toEqual([...reasons, 'max'])
  })
})
