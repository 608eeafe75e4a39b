import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  follow,
  type Following,
  inodeOf,
  sum,
} from '../../receivers/ebpf_sockets/reports_for_tests.ts'
import type { NetworkObservations } from '../../src/pdata/network_observations.ts'
import type { ComponentCounters } from '../../src/telemetry/counters.ts'
import { compile } from '../kit/compile.ts'
import { unpack } from '../kit/debian.ts'
import { cgroup2Root, cleansUp, eventually, isRoot, kernelHas } from '../kit/fixtures.ts'
import { countFlows, netnsOf, sumOf } from '../kit/flows.ts'
import { type Host, twoHosts } from '../kit/hosts.ts'
import { enter } from '../kit/processes.ts'
import { startPython } from '../kit/servers.ts'

cleansUp()

let following: Following | undefined
afterEach(() => following?.receiver.shutdown())

/** Makes so many short connections on a host, and lets nothing else in this process run meanwhile. */
async function connectWhileNobodyReads(host: Host, count: number): Promise<void> {
  const source = join(import.meta.dirname, '../kit/programs/short_connections.c')
  const [command, ...args] = [...enter(host.netns), await compile(source), String(count)]
  execFileSync(command, args)
}

/** All that is missing has been counted; others on this machine may have lost some of theirs, too. */
function expectLost(counted: number, missing: number): void {
  expect(counted).toBeGreaterThanOrEqual(missing)
  expect(counted - missing).toBeLessThan(2000)
  expect(counted).toBeGreaterThan(0)
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('the receivers of the network', () => {
  it('count what a full ring had no room for, and go on with what stays open', async () => {
    const [near, far] = await twoHosts()
    const ends = 2 * 20_000
    let told = 0
    let later = 0
    const count = (reports: NetworkObservations): void => {
      for (let i = 0; i < reports.itemCount; i++) {
        if (reports.netns(i) === inodeOf(near)) told += reports.counter(i, 'closed')
        if (reports.netns(i) === inodeOf(far)) later += reports.counter(i, 'bytes_sent')
      }
    }
    following = await follow({ ring_buffer_mib: 1 }, count)
    const flows = await countFlows()
    await connectWhileNobodyReads(near, ends / 2)
    const { counters } = following.settings
    const ringFull = ({ dropped }: ComponentCounters): number => dropped.get('ring_full') ?? 0
    await eventually(() => {
      expect(told).toBeGreaterThan(0)
      expectLost(ringFull(counters), ends - told)
    })
    const place = { netns: far.netns }
    const serve = await startPython('short_connections.py', ['serve', '7000'], place)
    await serve.waitForOutput(/ready/)
    await startPython('short_connections.py', ['127.0.0.1', '7000', '20', '500'], place)
    await eventually(() => expect(later).toBe(20 * (500 + 3)))
    expect([...counters.dropped.keys()]).toEqual(['ring_full'])
    await following.receiver.shutdown()
    expect(counters.in).toBe(counters.out + ringFull(counters))
    const all = (await flows.stop()).filter(({ netns }) => netns === netnsOf(near))
    // Ends of connections; rows of dropped packets have none that was sent or received.
    const rows = all.filter(({ sent, received }) => sent[1] + received[1] > 0)
    expect(rows.length).toBeGreaterThan(0)
    expectLost(ringFull(flows.counters), ends - rows.length)
    expect([...flows.counters.dropped.keys()]).toEqual(['ring_full'])
  })

  it('count the drops of more flows than there is room for', async () => {
    const [near, far] = await twoHosts()
    const { env, program } = await unpack('nftables')
    const chain = 'type filter hook input priority 0; meta l4proto udp drop;'
    await far.run(program('nft'), [`table ip t {\nchain c {\n${chain}\n}\n}`], { env })
    const options = { collection_interval: '10m', filters: { ports: '20000-24999' } }
    const flows = await countFlows(options)
    const args = ['sendto', far.ipv4, '20000', '5000', '10', '5000']
    const sender = await startPython('datagrams.py', args, { netns: near.netns })
    expect((await sender.exited).code).toBe(0)
    const rows = await flows.stop()
    const dropped = rows.filter(({ drops, netns }) => drops > 0 && netns === netnsOf(far))
    expect(dropped.length).toBeLessThanOrEqual(4096)
    expect(sumOf(dropped).drops + (flows.counters.dropped.get('drops_full') ?? 0)).toBe(5000)
    // What was sent is told all the same.
    const sent = rows.filter(({ netns }) => netns === netnsOf(near))
    expect(sumOf(sent).sent).toEqual([50_000, 5000])
  })

  it('tell all of network namespaces that vanish while they walk', async () => {
    following = await follow()
    const flows = await countFlows({ collection_interval: '100ms', filters: { ports: 7071 } })
    const program = await startPython('passing_places.py', ['namespaces', '50', '7071'])
    await program.waitForOutput(/done/, { timeoutMs: 20_000 })
    const own = () =>
      following!.told.filter(({ local, peer }) => `${local} ${peer} `.includes(' 7071 '))
    await eventually(() => expect(sum(own(), 'closed')).toBe(100))
    expect([sum(own(), 'bytes_sent'), sum(own(), 'bytes_received')]).toEqual([100_000, 100_000])
    expect(new Set(own().map(({ netns }) => netns)).size).toBeGreaterThan(0)
    const { sent, received } = sumOf(await flows.stop())
    expect([sent[0], received[0]]).toEqual([100_000, 100_000])
    expect([following.settings.counters.dropped, flows.counters.dropped]).toEqual([
      new Map(),
      new Map(),
    ])
  })

  it('tell all of connections whose cgroup vanishes while they walk', async () => {
    following = await follow()
    const flows = await countFlows({ collection_interval: '100ms', filters: { ports: 7072 } })
    const args = ['cgroups', '50', '7072', cgroup2Root()!]
    const program = await startPython('passing_places.py', args)
    await program.waitForOutput(/done/, { timeoutMs: 20_000 })
    const own = () =>
      following!.told.filter(({ local, peer }) => `${local} ${peer} `.includes(' 7072 '))
    await eventually(() => {
      expect([sum(own(), 'bytes_sent'), sum(own(), 'bytes_received')]).toEqual([100_000, 100_000])
    })
    const { sent, received } = sumOf(await flows.stop())
    expect([sent[0], received[0]]).toEqual([100_000, 100_000])
    expect(sum(own(), 'closed')).toBe(0)
  })
})
