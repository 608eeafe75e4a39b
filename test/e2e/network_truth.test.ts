import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Agent, startAgent, unbalanced } from '../kit/agent.ts'
import { makeContainerCgroup } from '../kit/container_cgroups.ts'
import { cleansUp, eventually, isRoot, runsAgent, tempDir } from '../kit/fixtures.ts'
import { type Host, twoHosts, twoHostsFarApart } from '../kit/hosts.ts'
import { decodeJsonRequest, points, type PointView } from '../kit/otlp.ts'
import { startNginx, startPython } from '../kit/servers.ts'

cleansUp()

const PORT = 5700

/** An agent that sums up by each of these, and what each of these told so far. */
interface Watch extends Pick<Agent, 'stop'> {
  told: (by: string) => PointView[]
}

/** Follows connections to some ports; `options` are those of an aggregation for each grouping. */
async function watch(ports: string, options: Record<string, object>): Promise<Watch> {
  const folder = tempDir('network')
  const fileOf = (by: string): string => join(folder, `${by}.jsonl`)
  const groupings = Object.keys(options)
  const each = (make: (by: string) => object): object =>
    Object.assign({}, ...groupings.map((by) => make(by)))
  const agent = await startAgent(
    JSON.stringify({
      receivers: { ebpf_sockets: { collection_interval: '200ms', select: [{ port: ports }] } },
      processors: each((by) => ({
        [`aggregation/${by}`]: { metrics_flush_interval: '200ms', ...options[by] },
      })),
      exporters: each((by) => ({ [`file/${by}`]: { path: fileOf(by), flush_interval: '0s' } })),
      service: {
        pipelines: each((by) => ({
          [`metrics/${by}`]: {
            receivers: ['ebpf_sockets'],
            processors: [`aggregation/${by}`],
            exporters: [`file/${by}`],
          },
        })),
      },
    }),
  )
  const told = (by: string): PointView[] => {
    const text = readFileSync(fileOf(by), 'utf8')
    const lines = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
    return lines.flatMap((line) => points(decodeJsonRequest('metrics', line)))
  }
  return { told, stop: agent.stop }
}

/** The last point of each series of a metric that has these attributes. */
function latest(told: readonly PointView[], metric: string, attributes: object = {}): PointView[] {
  const series = new Map<string, PointView>()
  for (const point of told) {
    const own = Object.entries(attributes)
    if (point.metric !== metric || own.some(([key, value]) => point.attributes[key] !== value))
      continue
    series.set(JSON.stringify([point.resource, point.attributes]), point)
  }
  return [...series.values()]
}

const sum = (told: readonly PointView[]): number =>
  told.reduce((total, { value }) => total + Number(value), 0)

/** Seconds that ss says a round trip of the connections to a port takes, on average. */
async function roundTrip(host: Host): Promise<number> {
  const { stdout } = await host.run('ss', ['-tinH', 'dport', '=', `:${PORT}`])
  const each = [...stdout.matchAll(/ rtt:([\d.]+)\//g)].map(([, ms]) => Number(ms) / 1000)
  return each.reduce((total, seconds) => total + seconds, 0) / each.length
}

/** The mean of a histogram's data point. */
function meanOf({ point }: PointView): number {
  const { sum: total = NaN, count } = point as unknown as { sum?: number; count: bigint }
  return total / Number(count)
}

/** Connects so often to each of some ports from PORT on, one after the other, once a file is there. */
function connects(to: string, ports: number, times: number, go: string): string {
  return `
import os, socket, time
while not os.path.exists('${go}'): time.sleep(0.05)
for i in range(${ports * times}):
    with socket.create_connection(('${to}', ${PORT} + i % ${ports})) as s:
        s.sendall(b'x' * 100); s.shutdown(socket.SHUT_WR); s.recv(10)
print('done', flush=True)
time.sleep(60)
`
}

describe.skipIf(!runsAgent() || !isRoot())('the metrics of connections', () => {
  it('[1.17] have the round trips that ss has, and none shorter than the way is', async () => {
    const delayMs = 20
    const [near, far] = (await twoHostsFarApart({ delayMs })).hosts
    const delta = { aggregation_temporality: 'delta' }
    const { told, stop } = await watch(String(PORT), { flow: delta })
    const serve = await startPython('short_connections.py', ['serve', String(PORT)], far)
    await serve.waitForOutput(/ready/)
    const client = ['hold', far.ipv4, String(PORT), '3', '10']
    const hold = await startPython('short_connections.py', client, near)
    await hold.waitForOutput(/ready/)

    const rtts = (): PointView[] =>
      told('flow').filter(
        ({ metric, attributes }) =>
          metric === 'obi.stat.tcp.rtt' && attributes['destination.address'] === far.ipv4,
      )
    await eventually(async () => {
      const truth = await roundTrip(near)
      // The last digit that ss prints.
      expect(Math.abs(meanOf(rtts().at(-1)!) - truth)).toBeLessThan(2e-6)
    })
    expect(rtts()[0]).toMatchObject({ unit: 's', kind: 'histogram' })
    const connecting = told('flow').filter(({ metric }) => metric === 'waggle.tcp.connect.duration')
    expect(sum(connecting)).toBe(3)
    for (const point of [...rtts(), ...connecting])
      expect(meanOf(point)).toBeGreaterThanOrEqual((2 * delayMs) / 1000)
    await stop()
  })

  it('[1.18] [1.20] count each connection, and have a series for each container or each flow', async () => {
    const [near, far] = await twoHosts()
    const folder = tempDir('go')
    const go = join(folder, 'go')
    const by = (grouping: string) => ({ 'obi.stat.tcp.io': { by: grouping } })
    const connections = (grouping: string) => ({ 'waggle.tcp.connections': { by: grouping } })
    const { told, stop } = await watch(`${PORT}-${PORT + 2}`, {
      flow: { metrics: by('flow') },
      process: { metrics: { ...by('process'), ...connections('process') } },
      container: { metrics: { ...by('container'), ...connections('container') } },
    })
    for (const port of [PORT, PORT + 1, PORT + 2]) {
      const serve = await startPython('short_connections.py', ['serve', String(port)], far)
      await serve.waitForOutput(/ready/)
    }
    // Two processes in one container, one in another.
    const [first, second] = ['c0ffe1', 'c0ffe2'].map((id) =>
      makeContainerCgroup(id.padEnd(64, '0')),
    )
    const [twice, once] = [connects(far.ipv4, 3, 10, go), connects(far.ipv4, 2, 20, go)]
    for (const [cgroup, program] of [
      [first!, twice],
      [first!, twice],
      [second!, once],
    ] as const)
      await near.start('python3', ['-c', program]).then(({ pid }) => cgroup.enter(pid))
    writeFileSync(go, '')

    const role = { 'network.tcp.handshake.role': 'client' }
    const counted = (grouping: string): Record<string, number> =>
      Object.fromEntries(
        latest(told(grouping), 'waggle.tcp.connections', role).map(({ resource, value }) => [
          `${resource['container.id'] as string} ${(resource['process.pid'] as number) > 0}`,
          Number(value),
        ]),
      )
    await eventually(
      () =>
        expect(counted('container')).toEqual({
          [`${first!.id} false`]: 60,
          [`${second!.id} false`]: 40,
        }),
      { timeoutMs: 20_000 },
    )
    const sent = { 'network.io.direction': 'transmit' }
    const flows = { ...sent, ...role }
    await eventually(() => {
      const own = latest(told('process'), 'waggle.tcp.connections', role)
      expect(own.map(({ value }) => String(value)).toSorted()).toEqual(['30', '30', '40'])
      expect(sum(latest(told('flow'), 'obi.stat.tcp.io', flows))).toBe(100 * 100)
      expect(sum(latest(told('container'), 'obi.stat.tcp.io', sent))).toBe(100 * 100 + 100 * 3)
    })
    // Three ports each for two processes, two for the third.
    expect(latest(told('flow'), 'obi.stat.tcp.io', flows)).toHaveLength(8)
    // The servers are in no container: they are in one series.
    expect(latest(told('container'), 'obi.stat.tcp.io', sent)).toHaveLength(3)
    const { totals, exit } = await stop()
    expect([exit.code, unbalanced(totals)]).toEqual([0, []])
  })

  it("have the connections and bytes of nginx's access log", async () => {
    const [near, far] = await twoHosts()
    const file = 'x'.repeat(40_000)
    const nginx = await startNginx({ listen: [`${PORT}`], netns: far.netns, files: { file } })
    const { told, stop } = await watch(String(PORT), { process: {} })
    const program = `
import http.client
for _ in range(20):
    c = http.client.HTTPConnection('${far.ipv4}', ${PORT})
    for _ in range(5):
        c.request('GET', '/file'); c.getresponse().read()
    c.close()
`
    await near.run('python3', ['-c', program])
    const log = await eventually(() => {
      const lines = nginx.accessLog()
      expect(lines).toHaveLength(100)
      return lines
    })
    const bytes = (key: 'bytesSent' | 'requestBytes'): number =>
      log.reduce((total, line) => total + line[key], 0)
    const connections = new Set(log.map(({ connection }) => connection)).size
    const server = (direction: string): number =>
      sum(
        latest(told('process'), 'obi.stat.tcp.io', { 'network.io.direction': direction }).filter(
          ({ resource }) => resource['service.name'] === 'nginx',
        ),
      )
    await eventually(() => {
      expect(server('transmit')).toBe(bytes('bytesSent'))
      expect(server('receive')).toBe(bytes('requestBytes'))
      const role = { 'network.tcp.handshake.role': 'server' }
      expect(sum(latest(told('process'), 'waggle.tcp.connections', role))).toBe(connections)
    })
    await stop()
  })
})
