import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startAgent } from '../kit/agent.ts'
import { unpack } from '../kit/debian.ts'
import { cleansUp, eventually, isRoot, runsAgent, tempDir } from '../kit/fixtures.ts'
import { type Host, type Routed, twoHostsOverRouter } from '../kit/hosts.ts'
import { freePort } from '../kit/processes.ts'
import { startPython } from '../kit/servers.ts'

cleansUp()

/** As a service has it in Kubernetes. */
const SERVICE = { ipv4: '10.96.0.10', ipv6: 'fd00:96::10', port: await freePort() }
const PORT = await freePort()

/** Connections, and flows, each with its own record. */
function configured(path: string): string {
  const options = `{ collection_interval: 200ms, select: [{ port: [${SERVICE.port}, ${PORT}] }] }`
  return `
receivers: { ebpf_sockets: ${options}, ebpf_flows: ${options} }
processors: { aggregation: { metrics_flush_interval: 200ms, top_k: 0 } }
exporters: { file: { path: ${path}, flush_interval: 0s } }
service:
  pipelines:
    logs: { receivers: [ebpf_sockets, ebpf_flows], processors: [aggregation], exporters: [file] }
`
}

type Attributes = Record<string, string | number>

interface Requests {
  resourceLogs: {
    scopeLogs: {
      logRecords: {
        attributes: { key: string; value: { stringValue?: string; intValue?: string } }[]
      }[]
    }[]
  }[]
}

/** The attributes of each record in a file. */
function recordsIn(path: string): Attributes[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  const requests = lines.map((line) => JSON.parse(line) as Requests)
  const records = requests
    .flatMap(({ resourceLogs }) => resourceLogs)
    .flatMap(({ scopeLogs }) => scopeLogs)
    .flatMap(({ logRecords }) => logRecords)
  return records.map(({ attributes }) =>
    Object.fromEntries(
      attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
    ),
  )
}

/**
 * Who talks to whom over what, and who that is in truth: `tcp client 10.203.0.1 > 10.96.0.10`. A socket
 * may be looked at before the router has its first packet, so that it has no other truth yet.
 */
function talksIn(path: string): Record<string, string[]> {
  const talks: Record<string, Set<string>> = {}
  for (const one of recordsIn(path)) {
    const role = one['network.tcp.handshake.role'] ?? 'peer'
    const ends = `${one['source.address']} > ${one['destination.address']}`
    const truths = (talks[`${one['network.transport']} ${role} ${ends}`] ??= new Set())
    const truth = [one['waggle.nat.address'] ?? '', one['waggle.nat.port'] ?? ''].join(' ').trim()
    if (truth !== '') truths.add(truth)
  }
  return Object.fromEntries(Object.entries(talks).map(([talk, truths]) => [talk, [...truths]]))
}

async function rules({ router }: Routed, text: string): Promise<void> {
  const { env, program } = await unpack('nftables')
  await router.run(program('nft'), [`table inet t {\n${text}\n}`], { env })
}

/** What turns the service's address into the server's. */
function toServer({ hosts: [, server] }: Routed): string {
  const to = (family: string, address: string): string =>
    `meta l4proto { tcp, udp } th dport ${SERVICE.port} dnat ${family} to ${address}`
  return `chain a {
type nat hook prerouting priority -100;
ip daddr ${SERVICE.ipv4} ${to('ip', `${server.ipv4}:${PORT}`)}
ip6 daddr ${SERVICE.ipv6} ${to('ip6', `[${server.ipv6}]:${PORT}`)}
}`
}

/** What hides who sends. */
const MASQUERADE = 'chain b { type nat hook postrouting priority 100; oifname "eth1" masquerade; }'

async function serve(server: Host): Promise<void> {
  const tcp = await startPython('short_connections.py', ['serve', String(PORT)], {
    netns: server.netns,
  })
  await tcp.waitForOutput(/ready/)
  const udp = await startPython('datagrams.py', ['sink', String(PORT)], { netns: server.netns })
  await udp.waitForOutput(/ready/)
}

/** Some connections over IPv4, and datagrams over both. */
async function ask(client: Host, to: { ipv4: string; ipv6: string }, port: number): Promise<void> {
  const run = (name: string, ...args: (string | number)[]) =>
    startPython(name, args.map(String), { netns: client.netns }).then(({ exited }) => exited)
  await run('short_connections.py', to.ipv4, port, 20, 100)
  await run('datagrams.py', 'connected', to.ipv4, port, 20, 100)
  await run('datagrams.py', 'connected', to.ipv6, port, 20, 100)
}

describe.skipIf(!isRoot() || !runsAgent())(
  'address translation in the namespace of the agent',
  () => {
    it('shows a client who serves a virtual address', { timeout: 60_000 }, async () => {
      const net = await twoHostsOverRouter()
      const [client, server] = net.hosts
      await rules(net, toServer(net))
      await serve(server)
      const path = join(tempDir('translation'), 'records.jsonl')
      const agent = await startAgent(configured(path), { netns: net.router.netns })
      await ask(client, SERVICE, SERVICE.port)
      await eventually(
        () =>
          expect(talksIn(path)).toEqual({
            [`tcp client ${client.ipv4} > ${SERVICE.ipv4}`]: [`${server.ipv4} ${PORT}`],
            [`tcp server ${server.ipv4} > ${client.ipv4}`]: [],
            [`udp client ${client.ipv4} > ${SERVICE.ipv4}`]: [`${server.ipv4} ${PORT}`],
            [`udp peer ${server.ipv4} > ${client.ipv4}`]: [],
            [`udp client ${client.ipv6} > ${SERVICE.ipv6}`]: [`${server.ipv6} ${PORT}`],
            [`udp peer ${server.ipv6} > ${client.ipv6}`]: [],
          }),
        { timeoutMs: 20_000 },
      )
      await agent.stop()
    })

    it('shows a server who is behind a masquerade', { timeout: 60_000 }, async () => {
      const net = await twoHostsOverRouter()
      const [client, server] = net.hosts
      await rules(net, `${toServer(net)}\n${MASQUERADE}`)
      await serve(server)
      const path = join(tempDir('translation'), 'records.jsonl')
      const agent = await startAgent(configured(path), { netns: net.router.netns })
      await ask(client, server, PORT)
      await ask(client, SERVICE, SERVICE.port)
      await eventually(
        () =>
          expect(talksIn(path)).toEqual({
            [`tcp client ${client.ipv4} > ${SERVICE.ipv4}`]: [`${server.ipv4} ${PORT}`],
            [`tcp client ${client.ipv4} > ${server.ipv4}`]: [],
            [`tcp server ${server.ipv4} > ${net.far.ipv4}`]: [client.ipv4],
            [`udp client ${client.ipv4} > ${SERVICE.ipv4}`]: [`${server.ipv4} ${PORT}`],
            [`udp client ${client.ipv4} > ${server.ipv4}`]: [],
            [`udp peer ${server.ipv4} > ${net.far.ipv4}`]: [client.ipv4],
            [`udp client ${client.ipv6} > ${SERVICE.ipv6}`]: [`${server.ipv6} ${PORT}`],
            [`udp client ${client.ipv6} > ${server.ipv6}`]: [],
            [`udp peer ${server.ipv6} > ${net.far.ipv6}`]: [client.ipv6],
          }),
        { timeoutMs: 20_000 },
      )
      await agent.stop()
    })
  },
)
