import { expect, it } from 'vitest'
import { ChosenReports } from '../../src/helpers/chosen_reports.ts'
import { ProcessReader } from '../../src/helpers/process_identity.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { ebpfSocketsConfig } from './config.ts'
import { SocketReports } from './observations.ts'
import { REPORT_SIZE, SOCKET_REPORT as AT, SOCKET_ROLE } from './record.ts'

interface Row {
  readonly pid: number
  readonly role?: number
  readonly local?: number
  readonly peer?: number
}

/** Reports, and the pids of those that are taken. */
function taken(options: object, rows: readonly Row[], chosen = chosenBy(options)): number[] {
  const bytes = Buffer.from(new ArrayBuffer(REPORT_SIZE * rows.length))
  const index = new Uint32Array(rows.length * 2)
  for (const [i, { pid, role = SOCKET_ROLE.client, local = 40_000, peer = 80 }] of rows.entries()) {
    const at = i * REPORT_SIZE
    index.set([at, REPORT_SIZE], i * 2)
    bytes.writeUInt32LE(pid, at + AT['socket.pid'])
    bytes.writeUInt8(role, at + AT.role)
    bytes.writeUInt16LE(local, at + AT['socket.local_port'])
    bytes.writeUInt16LE(peer, at + AT['socket.remote_port'])
    bytes.write(`name${pid}`, at + AT['socket.comm'])
  }
  const [startNs, endNs, jiffyUs] = [1n, 2n, 4000]
  const view = (itemCount: number): SocketReports =>
    new SocketReports({
      bytes,
      index,
      itemCount,
      startNs,
      endNs,
      jiffyUs,
      delivery: new Delivery(),
    })
  const left = view(chosen.compact(view(rows.length), index))
  return Array.from({ length: left.itemCount }, (_, i) => left.pid(i))
}

/** Of processes that are gone: their names are what the reports say. */
function chosenBy(options: object): ChosenReports {
  const reader = new ProcessReader({ proc: '/nowhere' })
  return new ChosenReports(ebpfSocketsConfig.parse(options), { pid: 5, reader, now: () => 0 })
}

it('takes everything but what belongs to the agent', () => {
  expect(taken({}, [{ pid: 4 }, { pid: 5 }, { pid: 6 }])).toEqual([4, 6])
  expect(taken({ default_exclude: { own_traffic: false } }, [{ pid: 5 }])).toEqual([5])
})

it('takes what the rules say, by the port that a connection is served at', () => {
  const { server, listener } = SOCKET_ROLE
  const rows = [
    { pid: 1, peer: 443 },
    { pid: 2, peer: 80 },
    { pid: 3, role: server, local: 443, peer: 50_000 },
    { pid: 4, role: server, local: 80, peer: 443 },
    { pid: 6, role: listener, local: 443, peer: 0 },
  ]
  expect(taken({ select: [{ port: 443 }] }, rows)).toEqual([1, 3, 6])
  expect(taken({ exclude: [{ port: 443 }] }, rows)).toEqual([2, 4])
  expect(taken({ exclude: [{ executable: 'name3' }] }, rows)).toEqual([1, 2, 4, 6])
})

it('counts what it leaves out by reason', () => {
  const options = { select: [{ port: 80 }], exclude: [{ executable: 'name7' }] }
  const chosen = chosenBy(options)
  taken(options, [{ pid: 5 }, { pid: 7 }, { pid: 8, peer: 1 }, { pid: 9, peer: 2 }], chosen)
  expect(Object.fromEntries(chosen.counts)).toEqual({
    own_traffic: 1,
    excluded: 1,
    not_selected: 2,
  })
})
