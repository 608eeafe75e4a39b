import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../kit/agent.ts'
import { cleansUp, eventually, isRoot, runsAgent, tempDir } from '../kit/fixtures.ts'
import { type Host, twoHostsFarApart } from '../kit/hosts.ts'
import { freePort, type Program } from '../kit/processes.ts'
import { type Prometheus, type Sample, startPrometheus } from '../kit/prometheus.ts'
import { startPython } from '../kit/servers.ts'

cleansUp()

const read = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const [, REST = ''] = read('docs/questions.md').split('\n## The network\n')
const [PAGE = ''] = REST.split('\n## ')
/** Each question about the network and its query. */
const QUERIES = new Map(
  [...PAGE.matchAll(/^### (.+)$([^]*?)(?=^### |(?![^]))/gm)].map(
    ([, question, text]) => [question!, text!.match(/```promql\n([^]*?)```/)?.[1] ?? ''] as const,
  ),
)

/** The rows of docs/requirements.md that a question answers. */
function rowsOf(question: string): string {
  if (question.includes(' edges ')) return '0.2'
  return question.endsWith('connections a second?') ? '1.1, 1.18' : '1.1'
}

/** Connections of each client before and after every series is there; failures likewise. */
const WARM = 5
const FAR = 200
const NEAR = 100
const FAILED = { warm: 1, after: 4 }
const ALL = { far: WARM + FAR, near: WARM + NEAR, failed: 2 * (FAILED.warm + FAILED.after) }
const ASKED = 1000
const ANSWERED = 5000
/** Lookups of each name, and in a second round once its series is there. */
const LOOKUPS = 20
const SLOW = 3
const UNANSWERED = 4
/** Seconds that `rate` looks at. */
const WINDOW = 300

const NAMES = [
  `www.questions.test/1/${LOOKUPS}`,
  `nxdomain.questions.test/1/${LOOKUPS}`,
  `slow150.questions.test/1/${SLOW}`,
]

/** What the kernel says of TCP in a host's namespace. */
async function tcpOf(host: Host): Promise<{ out: number; again: number }> {
  const { stdout } = await host.run('cat', ['/proc/net/snmp'])
  const [names, values] = stdout
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '))
  const valueOf = (name: string): number => Number(values![names!.indexOf(name)])
  return { out: valueOf('OutSegs'), again: valueOf('RetransSegs') }
}

/** The shipped pipeline, sooner; it sees nothing but these ports, and a name server at another one. */
function configured(ports: readonly number[], dns: number): string {
  const options = `\n    collection_interval: 500ms\n    select: [{ port: [${[dns, ...ports].join(', ')}] }]`
  return read('pipelines/network.yaml')
    .replace('  ebpf_sockets:', `  ebpf_sockets:${options}`)
    .replace('  ebpf_flows:', `  ebpf_flows:${options}`)
    .replace('      enabled: true', `      enabled: true\n      timeout: 3s\n      ports: [${dns}]`)
    .replace('  aggregation:', '  aggregation: { metrics_flush_interval: 500ms }')
}

/** The samples that have these labels. */
function having(samples: readonly Sample[], labels: Record<string, string>): Sample[] {
  return samples.filter((sample) =>
    Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
  )
}

function valueOf(samples: readonly Sample[], labels: Record<string, string>): number {
  const found = having(samples, labels)
  expect(found, JSON.stringify(labels)).toHaveLength(1)
  return found[0]!.value
}

/** The rules that are shipped, and a list of expected edges; returns a pattern of the files' names. */
function rulesFor(edges: readonly object[]): string {
  const folder = tempDir('rules')
  const expected = edges.map((labels) => ({
    record: 'waggle:edges:expected',
    expr: 'vector(1)',
    labels,
  }))
  const groups = [{ name: 'expected edges', rules: expected }]
  writeFileSync(join(folder, 'expected.yaml'), JSON.stringify({ groups }))
  writeFileSync(join(folder, 'rules.yaml'), read('examples/edges/rules.yaml'))
  return join(folder, '*.yaml')
}

/**
 * Rates are right but for what Prometheus adds at the edges: half a scrape interval at the beginning of
 * a series and 1.1 at its end, at most.
 */
const SCRAPES = 11
const ADDED = 1.6 / (SCRAPES - 1)

function expectRate(perSecond: number, count: number): void {
  expect(Math.abs(perSecond * WINDOW - count) / count).toBeLessThan(ADDED)
}

describe.skipIf(!runsAgent() || !isRoot())('the questions about the network', () => {
  let agent: Agent
  let prometheus: Prometheus
  let hosts: [Host, Host]
  let port: number
  let closed: number
  let dns: number

  const CHECKS: Record<string, (samples: Sample[]) => void | Promise<void>> = {
    'Which connections exist?': (samples) => {
      const to = (address: string): number =>
        valueOf(
          having(samples, { destination_address: address, destination_port: String(port) }).filter(
            ({ labels }) => labels['source_address'] !== undefined,
          ),
          {},
        )
      expectRate(to(hosts[1].ipv4), FAR * ASKED)
      expectRate(to('127.0.0.1'), NEAR * ASKED)
    },
    'Who talks most?': (samples) => {
      expectRate(samples[0]!.value, 2 * (FAR + NEAR) * (ASKED + ANSWERED))
    },
    'How much has each service sent and received?': (samples) => {
      const bytes = (ALL.far + ALL.near) * (ASKED + ANSWERED)
      for (const network_io_direction of ['transmit', 'receive']) {
        expect(valueOf(samples, { network_io_direction, network_transport: 'tcp' })).toBe(bytes)
      }
    },
    'How many packets has each service sent and received?': (samples) => {
      const sent = valueOf(samples, {
        network_io_direction: 'transmit',
        network_transport: 'tcp',
      })
      // A SYN, the data and a FIN at each end at least.
      expect(sent).toBeGreaterThan(6 * (ALL.far + ALL.near))
      expect(sent).toBeLessThan(30 * (ALL.far + ALL.near))
    },
    'How slow is the network?': (samples) => {
      const far = valueOf(samples, { destination_address: hosts[1].ipv4 })
      expect(far).toBeGreaterThan(0)
      expect(far).toBeLessThan(0.5)
    },
    'How long does it take to connect?': (samples) => {
      expect(samples[0]!.value).toBeGreaterThan(0)
    },
    'How many connections a second?': (samples) => {
      expectRate(valueOf(samples, { network_tcp_handshake_role: 'server' }), FAR + NEAR)
      const begun = FAR + NEAR + 2 * FAILED.after
      expectRate(valueOf(samples, { network_tcp_handshake_role: 'client' }), begun)
    },
    'How many connections were there?': (samples) => {
      const all = ALL.far + ALL.near
      expect(valueOf(samples, { network_tcp_handshake_role: 'server' })).toBe(all)
      expect(valueOf(samples, { network_tcp_handshake_role: 'client' })).toBe(all + ALL.failed)
    },
    'How good is the network?': async (samples) => {
      const [one, two] = await Promise.all(hosts.map(tcpOf))
      const share = (one!.again + two!.again) / (one!.out + two!.out)
      expect(one!.again + two!.again).toBeGreaterThan(0)
      expect(samples[0]!.value).toBeGreaterThan(share * 0.5)
      expect(samples[0]!.value).toBeLessThan(share * 2)
    },
    'Which client suffers?': (samples) => {
      expect(samples.map(({ labels }) => labels['destination_address'])).toEqual([
        hosts[0].ipv4,
        '127.0.0.1',
      ])
    },
    'Which names are slow?': (samples) => {
      const slow = valueOf(samples, { dns_question_name: 'slow150.questions.test' })
      expect(slow).toBeGreaterThanOrEqual(0.1)
      expect(valueOf(samples, { dns_question_name: 'www.questions.test' })).toBeLessThan(slow)
    },
    'Which names fail?': (samples) => {
      const labels = { server_address: '127.0.0.1' }
      const failed = (name: string, error_type: string): number =>
        valueOf(samples, { ...labels, dns_question_name: `${name}.questions.test`, error_type })
      expect(failed('nxdomain', 'NXDOMAIN')).toBe(2 * LOOKUPS)
      expect(failed('silent', 'timeout')).toBe(UNANSWERED)
    },
    'Which connections fail?': (samples) => {
      const labels = { destination_port: String(closed), reason: 'connection_refused' }
      for (const address of [hosts[1].ipv4, '127.0.0.1']) {
        const failed = valueOf(samples, { ...labels, destination_address: address })
        expect(failed).toBe(FAILED.warm + FAILED.after)
      }
      expect(samples).toHaveLength(2)
    },
    'Which edges are missing, unexpected or failing?': (samples) => {
      // Those to the name server are of programs that may have ended before their names were read.
      const known = samples.filter(({ labels }) => labels['destination_port'] !== String(dns))
      const diff = known.map(({ labels, value }) => {
        const { difference, destination_address: address, destination_port: to } = labels
        return `${difference} ${address} ${to} ${difference === 'failing' ? value : value > 0}`
      })
      const failures = FAILED.warm + FAILED.after
      expect(diff.toSorted()).toEqual(
        [
          `missing 10.203.0.99 ${port} true`,
          `unexpected 127.0.0.1 ${port} true`,
          `unexpected 127.0.0.1 ${closed} true`,
          `failing 127.0.0.1 ${closed} ${failures}`,
          `failing ${hosts[1].ipv4} ${closed} ${failures}`,
        ].toSorted(),
      )
    },
  }

  beforeAll(async () => {
    const far = await twoHostsFarApart({ drop: 0.01 })
    hosts = far.hosts
    const { netns } = hosts[1]
    ;[port, closed, dns] = [await freePort(), await freePort(), await freePort()]
    const page = await freePort()
    const env = { OTEL_EXPORTER_PROMETHEUS_PORT: String(page) }
    agent = await startAgent(configured([port, closed], dns), { env })
    const edge = (address: string, to: number): object => ({
      job: 'known_traffic',
      destination_address: address,
      destination_port: String(to),
    })
    const rules = rulesFor([
      edge(hosts[1].ipv4, port),
      edge(hosts[1].ipv4, closed),
      edge('10.203.0.99', port),
    ])
    prometheus = await startPrometheus(`
global: { scrape_interval: 500ms, evaluation_interval: 500ms }
rule_files: ['${rules}']
scrape_configs:
  - { job_name: waggle, honor_labels: true, static_configs: [{ targets: ['127.0.0.1:${page}'] }] }`)
    const server = await startPython('known_traffic.py', ['serve', String(port)], { netns })
    await server.waitForPort(port)
    const go = join(tempDir('traffic'), 'go')
    const clientOf = (host: string, count: number, place: string) =>
      startPython(
        'known_traffic.py',
        ['connect', host, ...[port, WARM, count, closed].map(String), go],
        { netns: place },
      )
    const clients = await Promise.all([
      clientOf(hosts[1].ipv4, FAR, hosts[0].netns),
      clientOf('127.0.0.1', NEAR, netns),
    ])
    await startNameServer()
    await (
      await lookUp('flood', 'silent.questions.test', String(UNANSWERED))
    ).exited
    clients.push(await lookUp('rounds', go, ...NAMES))
    for (const client of clients) await client.waitForOutput(/warm/, { timeoutMs: 30_000 })
    await scraped({ connections: 2 * WARM, failed: 2 * FAILED.warm, rounds: 1 })
    writeFileSync(go, '')
    for (const client of clients) await client.waitForOutput(/done/, { timeoutMs: 60_000 })
    await scraped({ connections: ALL.far + ALL.near, failed: ALL.failed, rounds: 2 })
    await scrapedOften()
  }, 180_000)

  async function startNameServer(): Promise<void> {
    const args = ['127.0.0.1', String(dns)]
    const server = await startPython('name_server.py', args, { netns: hosts[1].netns })
    await server.waitForOutput(/ready/)
  }

  /** On the host itself, so that no question is lost on its way. */
  const lookUp = (how: string, ...rest: string[]): Promise<Program> =>
    startPython('looking_up.py', [how, '127.0.0.1', String(dns), ...rest], {
      netns: hosts[1].netns,
    })

  /**
   * Waits until Prometheus has all of so many connections, seen from every end, of so many that failed
   * and of so many rounds of lookups, and the rules have been applied to it.
   */
  async function scraped({
    connections,
    failed,
    rounds,
  }: Record<'connections' | 'failed' | 'rounds', number>): Promise<void> {
    const names = 'dns_question_name=~".*questions.test"'
    const counts: Record<string, number> = {
      waggle_tcp_connections_closed_total: 2 * connections,
      waggle_tcp_connections_total: 2 * connections + failed,
      obi_stat_tcp_failed_connections_total: failed,
      'obi_network_flow_bytes_total{network_transport="tcp"}': 2 * connections * (ASKED + ANSWERED),
      [`dns_lookup_duration_seconds_count{${names}}`]: rounds * (2 * LOOKUPS + SLOW) + UNANSWERED,
      'waggle:edges:failures': failed,
    }
    await eventually(
      async () => {
        for (const [metric, count] of Object.entries(counts)) {
          const [sum] = await prometheus.query(`sum(${metric})`)
          expect(sum?.value, metric).toBe(count)
        }
      },
      { timeoutMs: 20_000, intervalMs: 250 },
    )
  }

  /** Waits until rates are as exact as `expectRate` wants them. */
  async function scrapedOften(): Promise<void> {
    await eventually(async () => {
      const [scrapes] = await prometheus.query(
        `min(count_over_time({__name__=~"obi_network_flow_bytes_total|waggle_tcp_connections_total"}[5m]))`,
      )
      expect(scrapes?.value).toBeGreaterThanOrEqual(SCRAPES)
    })
  }

  it.each([...QUERIES].map(([question, query]) => [rowsOf(question), question, query]))(
    '[%s] %s',
    async (_, question, query) => {
      const check = CHECKS[question]
      if (check === undefined) throw new Error(`nothing says what the answer to "${question}" is`)
      await check(await prometheus.query(query))
    },
  )

  it('are all on the page', () => {
    expect([...QUERIES.keys()].toSorted()).toEqual(Object.keys(CHECKS).toSorted())
  })

  it('are answered from all reports', async () => {
    const { totals, exit } = await agent.stop()
    expect(exit.code, totals).toBe(0)
    expect(totals).toMatch(/receiver\/ebpf_sockets +[\d,]+ +[\d,]+ +0\n/)
    expect(totals).toMatch(/receiver\/ebpf_flows +[\d,]+ +[\d,]+ +0\n/)
  })
})
