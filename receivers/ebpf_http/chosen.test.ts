import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { countLeftOut } from '../../src/helpers/left_out.ts'
import { ProcessReader } from '../../src/helpers/process_identity.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { HttpObservations } from '../../src/pdata/http_observations.ts'
import { HTTP_EXCHANGE, HTTP_FLAG, HTTP_ROLE } from '../../src/pdata/http_record.ts'
import { WallClock } from '../../src/pdata/wall_clock.ts'
import { NO_METER } from '../../src/telemetry/meter.ts'
import { Chosen } from './chosen.ts'
import { ebpfHttpConfig } from './config.ts'

interface Row {
  readonly role?: keyof typeof HTTP_ROLE
  readonly port?: number
  readonly pid?: number
  readonly comm?: string
  readonly seq?: number
  readonly agent?: string
  /** The client's end was seen in the kernel. */
  readonly peerSeen?: boolean
}

const LENGTH = HTTP_EXCHANGE.head + 512
const clock = new WallClock()

function recordsOf(rows: readonly Row[]): { records: HttpObservations; index: Uint32Array } {
  const bytes = Buffer.alloc(LENGTH * rows.length)
  for (const [i, row] of rows.entries()) write(bytes.subarray(i * LENGTH, (i + 1) * LENGTH), row)
  const index = Uint32Array.from(rows.flatMap((_, i) => [i * LENGTH, LENGTH - i]))
  return { records: new HttpObservations(bytes, index, rows.length, clock, new Delivery()), index }
}

function write(record: Buffer, row: Row): void {
  const { role = 'server', port = 80, agent = 'curl/8' } = row
  const local = role === 'server' ? port : 40_000
  record.writeUInt8(HTTP_ROLE[role], HTTP_EXCHANGE.role)
  record.writeUInt32LE(row.seq ?? 1, HTTP_EXCHANGE.request_seq)
  record.writeUInt32LE(row.pid ?? 0, HTTP_EXCHANGE['socket.pid'])
  record.write(row.comm ?? '', HTTP_EXCHANGE['socket.comm'])
  record.writeUInt16LE(local, HTTP_EXCHANGE['socket.local_port'])
  record.writeUInt16LE(40_000 + port - local, HTTP_EXCHANGE['socket.remote_port'])
  const flags = HTTP_FLAG.gap | (row.peerSeen ? HTTP_FLAG.peer_seen : 0)
  record.writeUInt16LE(flags, HTTP_EXCHANGE.flags)
  const head = `GET / HTTP/1.1\r\nUser-Agent: ${agent}\r\n\r\n`
  record.write(head, HTTP_EXCHANGE.head)
  record.writeUInt16LE(head.length, HTTP_EXCHANGE.head_length)
}

function chosenBy(config: z.input<typeof ebpfHttpConfig>): Chosen {
  const reader = new ProcessReader({ proc: '/nonexistent' })
  return new Chosen(ebpfHttpConfig.parse(config), { reader, pid: 4242 })
}

/** The ports of the records that stay, read as the next stage will. */
function portsOf(chosen: Chosen, rows: readonly Row[]): number[] {
  const { records, index } = recordsOf(rows)
  const kept = chosen.compact(records, index)
  const rest = new HttpObservations(records.bytes, index, kept, clock, new Delivery())
  return Array.from({ length: kept }, (_, i) => rest.serverPort(i))
}

const counted = (chosen: Chosen): Record<string, number> =>
  Object.fromEntries([...chosen.counts].filter(([, count]) => count > 0))

it('takes or leaves exchanges that were counted in the kernel like others, and counts how many', () => {
  const chosen = chosenBy({ exclude: [{ port: 81 }] })
  const { records } = recordsOf([{ port: 80 }, { port: 81 }, { port: 80, pid: 4242 }])
  expect([0, 1, 2].map((i) => chosen.takes(records, i, 7 + i))).toEqual([true, false, false])
  expect(chosen.counts.get('excluded')).toBe(8)
  expect(chosen.counts.get('own_traffic')).toBe(9)
})

describe('what stays of a batch', () => {
  it('is everything where there is nothing to leave out', () => {
    const chosen = chosenBy({})
    expect(portsOf(chosen, [{ port: 1 }, { port: 2 }])).toEqual([1, 2])
    expect(counted(chosen)).toEqual({})
  })

  it('is what the rules take, in its order, and the rest is counted', () => {
    const chosen = chosenBy({ select: [{ port: '1-5' }], exclude: [{ port: 3 }] })
    expect(
      portsOf(
        chosen,
        [6, 1, 3, 7, 5, 3].map((port) => ({ port })),
      ),
    ).toEqual([1, 5])
    expect(counted(chosen)).toEqual({ not_selected: 2, excluded: 2 })
    expect(portsOf(chosen, [{ port: 3 }])).toEqual([])
    expect(counted(chosen)).toEqual({ not_selected: 2, excluded: 3 })
  })

  it('goes by the port that was served at, at both ends', () => {
    const rows = [{ port: 80 }, { port: 80, role: 'client' }, { port: 81, role: 'client' }] as const
    expect(portsOf(chosenBy({ exclude: [{ port: 40_000 }] }), rows)).toEqual([80, 80, 81])
    expect(portsOf(chosenBy({ exclude: [{ port: 80 }] }), rows)).toEqual([81])
  })

  it('is not what the node does for itself, unless it is asked for', () => {
    const rows = [
      { port: 1, agent: 'kube-probe/1.29' },
      { port: 2, agent: 'Prometheus/3.0' },
      { port: 3, pid: 4242, comm: 'waggle' },
      { port: 4 },
    ]
    const chosen = chosenBy({})
    expect(portsOf(chosen, rows)).toEqual([4])
    expect(counted(chosen)).toEqual({ kubelet_probe: 1, metrics_scrape: 1, own_traffic: 1 })
    const default_exclude = { kubelet_probes: false, metrics_scrapes: false, own_traffic: false }
    expect(portsOf(chosenBy({ default_exclude }), rows)).toEqual([1, 2, 3, 4])
  })

  it('keeps the lengths of the records with their places', () => {
    const { records, index } = recordsOf([{ port: 1 }, { port: 2 }])
    expect(chosenBy({ exclude: [{ port: 1 }] }).compact(records, index)).toBe(1)
    expect([...index.subarray(0, 2)]).toEqual([LENGTH, LENGTH - 1])
  })
})

describe('a server whose client is left out', () => {
  const config = { exclude: [{ executable: 'curl' }] }
  const server = (seq: number): Row => ({ seq, peerSeen: true, pid: 1, comm: 'nginx' })
  const client = (seq: number, comm = 'curl'): Row => ({ seq, role: 'client', pid: 2, comm })

  /** Which of the servers that stay still have a client's end. */
  function withClient(chosen: Chosen, rows: readonly Row[]): boolean[] {
    const { records, index } = recordsOf(rows)
    const kept = chosen.compact(records, index)
    const rest = new HttpObservations(records.bytes, index, kept, clock, new Delivery())
    const servers = Array.from({ length: kept }, (_, i) => i).filter((i) => rest.role(i) === 1)
    for (const i of servers) expect(rest.flags(i) & HTTP_FLAG.gap).toBe(HTTP_FLAG.gap)
    return servers.map((i) => (rest.flags(i) & HTTP_FLAG.peer_seen) !== 0)
  }

  it('is not told that the client was seen, whichever came first', () => {
    const chosen = chosenBy(config)
    expect(withClient(chosen, [server(1), client(1), client(2), server(2), server(3)])).toEqual([
      false,
      false,
      true,
    ])
  })

  it('is not told so in a later batch either', () => {
    const chosen = chosenBy(config)
    expect(withClient(chosen, [client(1), client(3, 'wget')])).toEqual([])
    expect(withClient(chosen, [server(1), server(3)])).toEqual([false, true])
  })

  it('is told of other clients also after very many exchanges', () => {
    const chosen = chosenBy(config)
    for (let from = 10; from < 20_000; from += 1000)
      withClient(
        chosen,
        Array.from({ length: 1000 }, (_, i) => client(from + i)),
      )
    expect(withClient(chosen, [server(1), server(19_000), server(12_000), server(10)])).toEqual([
      true,
      false,
      false,
      true,
    ])
  })
})

it('tells the counts by their reasons', () => {
  const chosen = chosenBy({ exclude: [{ port: 80 }] })
  portsOf(chosen, [{ port: 80 }])
  const told: unknown[] = []
  const meter = {
    ...NO_METER,
    counter: (facts: { name: string }, read: (observe: (...values: unknown[]) => void) => void) => {
      read((...values) => void told.push([facts.name, ...values]))
      return () => {}
    },
  }
  countLeftOut(meter, chosen)
  const name = 'waggle.receiver.excluded'
  expect(told).toContainEqual([name, 1, { reason: 'excluded' }])
  expect(told).toContainEqual([name, 0, { reason: 'kubelet_probe' }])
  expect(told).toHaveLength(6)
})
