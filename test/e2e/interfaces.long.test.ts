import { describe, expect, it } from 'vitest'
import { openObject } from '../../src/kernel/objects.ts'
import { unpack } from '../kit/debian.ts'
import { cleansUp, isRoot, kernelHas } from '../kit/fixtures.ts'
import { countFlowsOn, type FlowRow, netnsOf, sumOf } from '../kit/flows.ts'
import { makeForeign } from '../kit/foreign.ts'
import { type Host, twoHostsOverRouter } from '../kit/hosts.ts'
import { nonsenseFrames } from '../kit/nonsense_frames.ts'
import { hostBetween, pass, PASSING } from '../kit/passing.ts'
import { runPython, startPython } from '../kit/servers.ts'

cleansUp()

const PORT = 5700
const FAMILIES = ['ipv4', 'ipv6'] as const
/** Bytes of IP's header. */
const HEADER = { ipv4: 20, ipv6: 40 }
const TCP = 6
const UDP = 17
const SCTP = 132
const BOTH = { interfaces: ['tun*'] }

const send = (host: Host, ...args: (string | number)[]): Promise<unknown> =>
  runPython('datagrams.py', args.map(String), { netns: host.netns })

/** Sends so many ICMP messages and gets as many back. */
async function ping(from: Host, to: string, count: number): Promise<void> {
  const { env, program } = await unpack('iputils-ping')
  const options = ['-q', '-i', '0.002', '-W', '10', '-c', String(count)]
  const { stdout } = await from.run(program('ping'), [...options, to], { env })
  expect(stdout).toContain(`${count} packets transmitted, ${count} received`)
}

/** What was told at interfaces. */
const passed = (rows: readonly FlowRow[], transport: string): FlowRow[] =>
  rows.filter((row) => row.interface !== '' && row.transport === transport)

/** What interfaces have got in sum: bytes and packets. */
const received = (rows: readonly FlowRow[], transport: string): number[] =>
  sumOf(passed(rows, transport)).received

/** What an interface of the host has got so far. */
async function counted(host: Host, device: string): Promise<{ bytes: number; packets: number }> {
  const { stdout } = await host.run('ip', ['-s', '-j', 'link', 'show', device])
  const [{ stats64 }] = JSON.parse(stdout) as [
    { stats64: { rx: { bytes: number; packets: number } } },
  ]
  return stats64.rx
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))(
  'packets of others at interfaces',
  () => {
    it.each(FAMILIES)(
      '[1.14] are counted as their interface counts them, where they are seen first: %s',
      { timeout: 60_000 },
      async (family) => {
        const host = await hostBetween('tun')
        const flows = await countFlowsOn(host, { options: BOTH })
        const before = await counted(host, 'tun0')
        const out = await pass(host, 'tun', { family, protocol: UDP, count: 200, size: 100 })
        await pass(host, 'tun', { family, protocol: SCTP, count: 20, size: 500 })
        const after = await counted(host, 'tun0')
        // Each comes in as one, as virtual machines send them, and goes out as five.
        const large = { family, protocol: TCP, count: 20, size: 5000, segments: 5 }
        const segments = await pass(host, 'tun', large)
        const { rows } = await flows.stop()

        const bytes = 200 * (HEADER[family] + 8 + 100)
        expect(out).toEqual({ bytes, packets: 200 })
        const [from, to] = PASSING[family]
        const common = { sent: [0, 0], netns: netnsOf(host), comm: '', role: 'peer', drops: 0 }
        const place = { ...common, interface: 'tun0' }
        const ports = { local: `${to} 5700`, peer: `${from} 40000` }
        expect(passed(rows, 'udp')).toMatchObject([{ ...place, ...ports, received: [bytes, 200] }])
        expect(passed(rows, 'sctp')).toMatchObject([
          { ...place, received: [20 * (HEADER[family] + 500), 20], local: `${to} 0` },
        ])
        // Beside them there is what finds out whether the way is open.
        const probes = received(rows, '253')
        expect(after.packets - before.packets).toBeGreaterThanOrEqual(220)
        expect(after.packets - before.packets).toBeLessThanOrEqual(220 + probes[1]!)
        expect(segments).toEqual({ bytes: 20 * (5000 + 5 * (HEADER[family] + 20)), packets: 100 })
        expect(passed(rows, 'tcp')).toMatchObject([
          { ...place, ...ports, received: [segments.bytes, 100] },
        ])
      },
    )

    it(
      '[1.14] are counted once where they pass a bridge and its ports',
      { timeout: 60_000 },
      async () => {
        const host = await hostBetween('tap')
        const flows = await countFlowsOn(host, { options: { interfaces: ['*'] } })
        const out = await pass(host, 'tap', {
          family: 'ipv4',
          protocol: UDP,
          count: 100,
          size: 100,
        })
        const { rows } = await flows.stop()
        expect(received(rows, 'udp')).toEqual([out.bytes, 100])
        expect(sumOf(passed(rows, 'udp')).sent).toEqual([0, 0])
      },
    )

    it(
      '[1.27] are counted in the kernel by address, port, protocol, direction and sampling',
      { timeout: 60_000 },
      async () => {
        const cases: [options: object, udp: [sent: number, received: number], tcp: number][] = [
          [{}, [0, 2000], 100],
          [{ filters: { addresses: ['10.204.2.0/24'] } }, [0, 2000], 100],
          [{ filters: { exclude_addresses: ['10.204.2.0/24'] } }, [0, 0], 0],
          [{ filters: { ports: `${PORT + 1}-${PORT + 9}` } }, [0, 1000], 0],
          [{ filters: { exclude_ports: PORT + 1 } }, [0, 1000], 100],
          [{ filters: { direction: 'received' } }, [0, 2000], 100],
          [{ filters: { direction: 'sent' } }, [2000, 0], 0],
          [{ protocols: ['tcp', 'icmp'] }, [0, 0], 100],
          [{ protocols: ['other', 'udp'] }, [0, 2000], 0],
        ]
        const host = await hostBetween('tun')
        const flows = await countFlowsOn(
          host,
          ...cases.map(([options]) => ({ options: { ...BOTH, ...options } })),
          { options: { ...BOTH, filters: { udp_sampling: 8 } } },
        )
        const packets = { family: 'ipv4', size: 100 } as const
        await pass(host, 'tun', { ...packets, protocol: UDP, count: 2000, ports: 2 })
        await pass(host, 'tun', { ...packets, protocol: TCP, count: 100 })
        const all = await flows.stopAll()
        for (const [i, [options, udp, tcp]] of cases.entries()) {
          const { sent, received: got } = sumOf(passed(all[i]!.rows, 'udp'))
          const told = [[sent[1], got[1]], received(all[i]!.rows, 'tcp')[1]]
          expect(told, JSON.stringify(options)).toEqual([udp, tcp])
        }
        const { rows } = all.at(-1)!
        const [bytes, datagrams] = received(rows, 'udp') as [number, number]
        // Five standard deviations of 250 packets of 8.
        expect(Math.abs(datagrams - 2000)).toBeLessThan(5 * 8 * Math.sqrt(250))
        expect(datagrams % 8).toBe(0)
        expect(bytes).toBe(datagrams * 128)
        expect(received(rows, 'tcp')[1]).toBe(100)
      },
    )

    it('are counted as lost where there is no room for them', { timeout: 60_000 }, async () => {
      const host = await hostBetween('tun')
      const options = { ...BOTH, protocols: ['udp'], collection_interval: '1m' }
      const flows = await countFlowsOn(host, { options: { ...options, max_interface_flows: 16 } })
      const packets = { family: 'ipv4', protocol: UDP, count: 1000, size: 100 } as const
      await pass(host, 'tun', { ...packets, ports: 100 })
      const { rows, dropped } = await flows.stop()
      expect(passed(rows, 'udp')).toHaveLength(16)
      expect(received(rows, 'udp')[1]).toBe(160)
      expect(dropped['frames_full']).toBe(840)
    })
  },
)

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('packets of this node', () => {
  it('[1.14] are counted at interfaces where they are ICMP', { timeout: 60_000 }, async () => {
    const { hosts, router } = await twoHostsOverRouter()
    const options = { interfaces: ['eth*'] }
    const flows = await countFlowsOn(router, { options }, { options, tcx: false })
    for (const family of FAMILIES) await ping(hosts[0], hosts[1][family], 30)
    for (const { rows } of await flows.stopAll()) {
      for (const [family, name] of [
        ['ipv4', 'icmp'],
        ['ipv6', 'ipv6-icmp'],
      ] as const) {
        const [one, two] = hosts.map((host) => `${host[family]} 0`) as [string, string]
        const all = passed(rows, name).filter(
          ({ local, peer }) => [one, two].includes(local) && [one, two].includes(peer),
        )
        const common = { sent: [0, 0], received: [30 * (HEADER[family] + 8 + 56), 30] }
        expect(all.toSorted((a, b) => a.interface.localeCompare(b.interface))).toMatchObject([
          { ...common, interface: 'eth0', local: two, peer: one },
          { ...common, interface: 'eth1', local: one, peer: two },
        ])
      }
    }
  })

  it.each([
    // Behind a router a packet has lost its socket: it is known by its address.
    ['', 'eth1', false],
    [', nor where their addresses are translated', 'eth*', true],
  ])(
    '[1.15] are told by their sockets and not a second time%s',
    { timeout: 60_000 },
    async (_, watched, translated) => {
      const { hosts, router } = await twoHostsOverRouter()
      const [one, two] = hosts
      const to = translated ? (await makeForeign(hosts, router))[1] : two
      const flows = await countFlowsOn(router, { options: { interfaces: [watched] } })
      // No process was in these networks when the agent looked.
      const sink = await startPython('datagrams.py', ['sink', String(PORT)], { netns: two.netns })
      const server = ['serve', String(PORT)]
      const serve = await startPython('short_connections.py', server, { netns: two.netns })
      await Promise.all([sink.waitForOutput(/ready/), serve.waitForOutput(/ready/)])
      // Few packets have room to wait for a neighbour that is not known yet.
      for (const family of FAMILIES) await ping(one, to[family], 1)
      const client = [to.ipv4, String(PORT), '50', '100']
      await runPython('short_connections.py', client, { netns: one.netns })
      for (const family of FAMILIES) {
        await send(one, 'connected', to[family], PORT, 500, 100)
        await send(one, 'sendto', to[family], PORT, 500, 100, 1)
      }
      await Promise.all([sink.stop(), serve.stop()])
      const { rows } = await flows.stop()

      expect([...passed(rows, 'udp'), ...passed(rows, 'tcp')]).toEqual([])
      const at = (host: Host, transport: string) =>
        sumOf(rows.filter((row) => row.netns === netnsOf(host) && row.transport === transport))
      expect(at(one, 'udp').sent).toEqual([200_000, 2000])
      expect(at(two, 'udp').received).toEqual([200_000, 2000])
      expect(at(one, 'tcp').sent[0]).toBe(5000)
      expect(at(two, 'tcp').received[0]).toBe(5000)
    },
  )
})

it.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))(
  'an interface that is not there yet is waited for, and found again when it has been away',
  { timeout: 60_000 },
  async () => {
    const { hosts, router } = await twoHostsOverRouter()
    const [one] = hosts
    const gate = router.ipv4
    const flows = await countFlowsOn(router, { options: { interfaces: ['late0'] } })
    const { program } = flows
    expect(program.output).toContain('Waits: interface \\"late0\\" is not there yet.')
    const commands = ['eth0 down', 'eth0 name late0', 'late0 up']
    for (const words of commands) await router.run('ip', ['link', 'set', ...words.split(' ')])
    await program.waitForOutput(/Counts at an interface/)
    await ping(one, gate, 10)
    // The same name, another interface.
    await router.run('ip', ['link', 'delete', 'late0'])
    await program.waitForOutput(/An interface is gone/)
    const peer = ['peer', 'name', 'eth0', 'netns', one.netns]
    await router.run('ip', ['link', 'add', 'late0', 'type', 'veth', ...peer])
    for (const [host, address, device] of [
      [router, gate, 'late0'],
      [one, one.ipv4, 'eth0'],
    ] as const) {
      await host.run('ip', ['address', 'add', `${address}/24`, 'dev', device])
      await host.run('ip', ['link', 'set', device, 'up'])
    }
    await program.waitForOutput(/Counts at an interface(?:.|\n)*Counts at an interface/)
    await ping(one, gate, 10)
    const { rows } = await flows.stop()
    const all = passed(rows, 'icmp').filter(({ peer: from }) => from === `${one.ipv4} 0`)
    expect(all).toMatchObject([{ sent: [1680, 20], received: [1680, 20], interface: 'late0' }])
  },
)

it.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))(
  'an agent takes the place of the filters of tc that a killed one has left',
  { timeout: 60_000 },
  async () => {
    const host = await hostBetween('tun')
    const filters = async (): Promise<number> => {
      const { stdout } = await host.run('tc', ['filter', 'show', 'dev', 'tun0', 'ingress'])
      return stdout.match(/ handle 0x1 /g)?.length ?? 0
    }
    const killed = await countFlowsOn(host, { options: BOTH, tcx: false })
    killed.program.signal('SIGKILL')
    await killed.program.exited
    expect(await filters()).toBe(1)
    const flows = await countFlowsOn(host, { options: BOTH, tcx: false })
    expect(await filters()).toBe(1)
    await pass(host, 'tun', { family: 'ipv4', protocol: UDP, count: 10, size: 100 })
    const { rows } = await flows.stop()
    expect(received(rows, 'udp')).toEqual([1280, 10])
    expect(await filters()).toBe(0)
  },
)

it.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))(
  'the programs at interfaces let every packet pass, whatever is in it',
  () => {
    using object = openObject('flows')
    object.setConstant('at_interfaces', true)
    object.load()
    for (const data of nonsenseFrames(3000)) {
      for (const program of ['flows_frame_in', 'flows_frame_out']) {
        expect(object.testRun(program, { data }).returnValue).toBe(2 ** 32 - 1)
      }
    }
  },
)
