import { describe, expect, it } from 'vitest'
import { openObject } from '../../src/kernel/objects.ts'
import { nonsenseFrames } from '../kit/nonsense_frames.ts'
import { unpack } from '../kit/debian.ts'
import { cleansUp, eventually, isRoot, kernelHas } from '../kit/fixtures.ts'
import { countFlows, type FlowRow, netnsOf, sumOf } from '../kit/flows.ts'
import { type Host, twoHostsOverBridge } from '../kit/hosts.ts'
import type { Program } from '../kit/processes.ts'
import { runPython, startPython } from '../kit/servers.ts'

cleansUp()

const PORT = 5600

async function startSink({ netns }: Host, port: number): Promise<Program> {
  const sink = await startPython('datagrams.py', ['sink', String(port)], { netns })
  await sink.waitForOutput(/ready/)
  return sink
}

/** What a sink got. */
async function endOf(sink: Program): Promise<[bytes: number, packets: number]> {
  await sink.stop()
  const [, packets = '', bytes = ''] = /^(\d+) (\d+)$/m.exec(sink.stdout) ?? []
  return [Number(bytes), Number(packets)]
}

/** What the interface of a host has sent and received. */
async function interfaceOf(host: Host): Promise<{ tx: [number, number]; rx: [number, number] }> {
  const { stdout } = await host.run('ip', ['-s', '-j', 'link', 'show', 'eth0'])
  const [{ stats64 }] = JSON.parse(stdout) as [
    { stats64: Record<'tx' | 'rx', { bytes: number; packets: number }> },
  ]
  const of = ({ bytes, packets }: { bytes: number; packets: number }): [number, number] => [
    bytes,
    packets,
  ]
  return { tx: of(stats64.tx), rx: of(stats64.rx) }
}

const send = (host: Host, ...args: (string | number)[]): Promise<unknown> =>
  runPython('datagrams.py', args.map(String), { netns: host.netns })

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('flows between two hosts', () => {
  it.each(['ipv4', 'ipv6'] as const)(
    '[1.14] have each datagram once at each end over a bridge, connected or not: %s',
    { timeout: 60_000 },
    async (family) => {
      const [one, two] = await twoHostsOverBridge()
      const flows = await countFlows()
      const sinks = await Promise.all([0, 1].map((i) => startSink(two, PORT + i)))
      const before = await interfaceOf(one)
      await send(one, 'connected', two[family], PORT, 2000, 100)
      await send(one, 'sendto', two[family], PORT, 1000, 300, 2)
      const after = await interfaceOf(one)
      const got = await Promise.all(sinks.map(endOf))
      const rows = (await flows.stop()).filter(({ transport }) => transport === 'udp')

      expect(got).toEqual([
        [2000 * 100 + 500 * 300, 2500],
        [500 * 300, 500],
      ])
      const at = (host: Host, port: number) =>
        sumOf(
          rows.filter(
            ({ netns, local, peer }) =>
              netns === netnsOf(host) && (host === one ? peer : local).endsWith(` ${port}`),
          ),
        )
      for (const [i, of] of got.entries()) {
        expect(at(one, PORT + i)).toEqual({ sent: of, received: [0, 0], drops: 0 })
        expect(at(two, PORT + i)).toEqual({ sent: [0, 0], received: of, drops: 0 })
      }
      const all = sumOf(rows.filter(({ netns }) => netns === netnsOf(one)))
      const headers = { ipv4: 14 + 20 + 8, ipv6: 14 + 40 + 8 }[family]
      const bytes = after.tx[0] - before.tx[0]
      // Beside them the interface sends what finds out the neighbour's address.
      expect(after.tx[1] - before.tx[1] - all.sent[1]).toBeLessThan(20)
      expect(Math.abs(bytes - all.sent[0] - all.sent[1] * headers)).toBeLessThan(2000)
      expect(new Set(rows.map(({ role, netns }) => `${role} ${netns}`))).toEqual(
        new Set([`client ${netnsOf(one)}`, `server ${netnsOf(two)}`]),
      )
    },
  )

  it(
    '[1.15] have the bytes of TCP that iperf3 reports, and the same packets at both ends',
    { timeout: 120_000 },
    async () => {
      const { env, program } = await unpack('iperf3')
      const iperf3 = program('iperf3')
      const [one, two] = await twoHostsOverBridge()
      await two.start(iperf3, ['-s', '-1', '-p', String(PORT)], { env })
      const flows = await countFlows()
      const { stdout } = await eventually(() =>
        one.run(iperf3, ['-c', two.ipv4, '-p', String(PORT), '-t', '1', '-P', '2', '-J'], { env }),
      )
      const rows = (await flows.stop()).filter(({ transport }) => transport === 'tcp')
      const { end } = JSON.parse(stdout) as {
        end: Record<'sum_sent' | 'sum_received', { bytes: number }>
      }
      const sender = sumOf(rows.filter(({ netns }) => netns === netnsOf(one)))
      const receiver = sumOf(rows.filter(({ netns }) => netns === netnsOf(two)))
      expect(Math.abs(sender.sent[0] / end.sum_sent.bytes - 1)).toBeLessThan(0.01)
      // Its server stops to read when the time is over, with some of it still under way.
      expect(Math.abs(receiver.received[0] / end.sum_received.bytes - 1)).toBeLessThan(0.05)
      expect(receiver.received[0]).toBeLessThanOrEqual(sender.sent[0])
      // Each end counts the segments on the wire, however many of them one skb was.
      expect(Math.abs(receiver.received[1] / sender.sent[1] - 1)).toBeLessThan(0.001)
    },
  )

  it(
    "[1.26] have the datagrams that an nft rule drops, with the kernel's reason",
    { timeout: 120_000 },
    async () => {
      const { env, program } = await unpack('nftables')
      const [one, two] = await twoHostsOverBridge()
      const chain = `type filter hook input priority 0; udp dport ${PORT} counter drop;`
      const rules = `table inet t {\nchain c {\n${chain}\n}\n}`
      await two.run(program('nft'), [rules], { env })
      const flows = await countFlows()
      await send(one, 'connected', two.ipv4, PORT, 500, 100)
      await send(one, 'connected', two.ipv6, PORT, 300, 100)
      // Nobody listens there.
      await send(one, 'sendto', two.ipv4, PORT + 1, 20, 100, 1)
      const { stdout } = await two.run(program('nft'), ['-j', 'list', 'ruleset'], { env })
      const rows = (await flows.stop()).filter(
        ({ netns, drops }) => netns === netnsOf(two) && drops > 0,
      )

      expect(stdout).toContain('"packets": 800')
      const at = (address: string, port: number) =>
        rows
          .filter(({ local, transport }) => local === `${address} ${port}` && transport === 'udp')
          .map(({ reason, drops, role }) => ({ reason, drops, role }))
      const role = 'peer'
      expect(at(two.ipv4, PORT)).toEqual([{ reason: 'NETFILTER_DROP', drops: 500, role }])
      expect(at(two.ipv6, PORT)).toEqual([{ reason: 'NETFILTER_DROP', drops: 300, role }])
      expect(at(two.ipv4, PORT + 1)).toEqual([{ reason: 'NO_SOCKET', drops: 20, role }])
    },
  )

  it.each([
    ['addresses', (two: Host) => ({ addresses: [`${two.ipv4}/32`] }), [1000, 1000, 0]],
    [
      'addresses but some of them',
      (two: Host) => ({ addresses: ['10.0.0.0/8'], exclude_addresses: [two.ipv4] }),
      [0, 0, 0],
    ],
    ['ports', () => ({ ports: `${PORT}-${PORT}` }), [1000, 0, 100]],
    ['other ports', () => ({ exclude_ports: PORT }), [0, 1000, 0]],
    ['what is received', () => ({ direction: 'received' }), [0, 0, 0]],
  ] as const)(
    '[1.27] are counted in the kernel by %s',
    { timeout: 60_000 },
    async (_, filters, [first, second, six]) => {
      const [one, two] = await twoHostsOverBridge()
      const flows = await countFlows({ filters: filters(two) })
      await send(one, 'sendto', two.ipv4, PORT, 2000, 10, 2)
      await send(one, 'connected', two.ipv6, PORT, 100, 10)
      const rows = (await flows.stop()).filter(
        ({ transport, netns }) => transport === 'udp' && netns === netnsOf(one),
      )
      const sent = (peer: string) => sumOf(rows.filter((row) => row.peer === peer)).sent[1]
      expect([
        sent(`${two.ipv4} ${PORT}`),
        sent(`${two.ipv4} ${PORT + 1}`),
        // Nobody listens: the socket has an error at times instead of sending.
        sent(`${two.ipv6} ${PORT}`) > 0 ? 100 : 0,
      ]).toEqual([first, second, six])
    },
  )

  it('are estimated from a sample where that is asked for', { timeout: 60_000 }, async () => {
    const [one, two] = await twoHostsOverBridge()
    const flows = await countFlows({ filters: { udp_sampling: 8 } })
    await send(one, 'sendto', two.ipv4, PORT, 20_000, 100, 1)
    const rows = (await flows.stop()).filter(
      ({ transport, netns }) => transport === 'udp' && netns === netnsOf(one),
    )
    const { sent } = sumOf(rows)
    // Five standard deviations of 2500 packets of 8.
    expect(Math.abs(sent[1] - 20_000)).toBeLessThan(5 * 8 * Math.sqrt(2500))
    expect(sent[0]).toBe(sent[1] * 100)
  })

  it(
    '[1.15] have every byte of connections that live between two walks, whoever serves them',
    { timeout: 60_000 },
    async () => {
      const [one, two] = await twoHostsOverBridge()
      const flows = await countFlows({ collection_interval: '1m' })
      const server = ['serve', String(PORT)]
      const serve = await startPython('short_connections.py', server, { netns: two.netns })
      await serve.waitForOutput(/ready/)
      const client = [two.ipv4, String(PORT), '2000', '100']
      await runPython('short_connections.py', client, { netns: one.netns })
      await serve.stop()
      const rows = (await flows.stop()).filter(({ transport }) => transport === 'tcp')
      const at = (host: Host, role: string) =>
        rows.filter((row) => row.netns === netnsOf(host) && row.role === role)
      const bytes = (own: FlowRow[]) => [sumOf(own).sent[0], sumOf(own).received[0]]
      expect(bytes(at(one, 'client'))).toEqual([200_000, 6000])
      expect(bytes(at(two, 'server'))).toEqual([6000, 200_000])
      // The kernel frees their last ACKs as it frees what it drops.
      const dropped = rows.filter(({ reason, netns }) => reason !== '' && netns === netnsOf(two))
      expect(dropped).toEqual([])
      expect([at(one, 'client').length, at(two, 'server').length]).toEqual([2000, 2000])
      expect(at(two, 'server').every(({ local }) => local === `${two.ipv4} ${PORT}`)).toBe(true)
    },
  )

  it('are all in a walk that fills many buffers', { timeout: 60_000 }, async () => {
    const [one, two] = await twoHostsOverBridge()
    const flows = await countFlows({ collection_interval: '1m' })
    const server = ['serve', String(PORT)]
    const serve = await startPython('short_connections.py', server, { netns: two.netns })
    await serve.waitForOutput(/ready/)
    const client = ['hold', two.ipv4, String(PORT), '500', '10']
    const hold = await startPython('short_connections.py', client, { netns: one.netns })
    await hold.waitForOutput(/ready/)
    const rows = (await flows.stop()).filter(({ transport }) => transport === 'tcp')
    const at = (host: Host) => rows.filter(({ netns }) => netns === netnsOf(host))
    expect([at(one).length, at(two).length]).toEqual([500, 500])
    expect(sumOf(at(one)).sent[0]).toBe(5000)
    expect(sumOf(at(two)).received[0]).toBe(5000)
  })

  it('keep their sums when there is no room for peers', { timeout: 60_000 }, async () => {
    const [one, two] = await twoHostsOverBridge()
    const flows = await countFlows({ max_peers: 16, collection_interval: '10s' })
    await send(one, 'sendto', two.ipv4, PORT, 2000, 100, 200)
    const rows = (await flows.stop()).filter(
      ({ transport, netns }) => transport === 'udp' && netns === netnsOf(one),
    )
    expect(sumOf(rows).sent).toEqual([200_000, 2000])
    const rest = rows.filter(({ peer }) => peer === ' 0')
    expect(rest).toHaveLength(1)
    expect(rest[0]!.sent[1]).toBeGreaterThanOrEqual(2000 - 16 * 10)
  })
})

it.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))(
  'the programs let every packet pass, whatever is in it',
  () => {
    using object = openObject('flows')
    object.load()
    for (const data of nonsenseFrames(3000)) {
      for (const program of ['flows_ingress', 'flows_egress']) {
        expect(object.testRun(program, { data }).returnValue).toBe(1)
      }
    }
  },
)
