import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startAgent } from '../kit/agent.ts'
import { type ContainerCgroup, makeContainerCgroup } from '../kit/container_cgroups.ts'
import { cleansUp, eventually, runsAgent } from '../kit/fixtures.ts'
import { type Host, twoHosts } from '../kit/hosts.ts'
import { freePort } from '../kit/processes.ts'
import { type Prometheus, type Sample, startPrometheus } from '../kit/prometheus.ts'
import { startNodeServer } from '../kit/servers.ts'
import { needTracefs } from '../kit/tracefs.ts'

cleansUp()

const read = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const [, PAGE = ''] = read('docs/questions.md').split('\n## The instances\n')
/** Each question about the instances and its query. */
const QUERIES = new Map(
  [...PAGE.matchAll(/^### (.+)$([^]*?)(?=^### |(?![^]))/gm)].map(
    ([, question, text]) => [question!, text!.match(/```promql\n([^]*?)```/)?.[1] ?? ''] as const,
  ),
)

/** Seconds that `rate` looks at. */
const WINDOW = 300
/** Seconds of CPU of a request to `/busy/20`, at least. */
const BUSY_SECONDS = 0.02
const KEPT_BYTES = 100_000

/** What is asked of a container, once to have every series and then in earnest. */
interface Load {
  readonly busy: number
  readonly failing: number
  readonly keeping: number
}
const WARM: Load = { busy: 1, failing: 1, keeping: 1 }

/** Sends all of it over one connection. */
const CLIENT = `
import http.client, sys
host, port, *counts = sys.argv[1:]
connection = http.client.HTTPConnection(host, int(port))
for path, count in zip(('/busy/20', '/status/503', '/keep/${KEPT_BYTES}'), counts):
    for _ in range(int(count)):
        connection.request('GET', path)
        connection.getresponse().read()
`

/** A server in a container of its own, and the host that its client is on. */
interface Instance {
  readonly cgroup: ContainerCgroup
  readonly host: Host
  readonly client: Host
  readonly port: number
  readonly load: Load
}

async function startInstance(id: string, [host, client]: [Host, Host], load: Load) {
  const cgroup = makeContainerCgroup(id.padEnd(64, '0'))
  const server = await startNodeServer({ host: host.ipv4, netns: host.netns })
  cgroup.enter(server.program.pid)
  return { cgroup, host, client, port: server.port, load }
}

async function ask({ host, client, port }: Instance, { busy, failing, keeping }: Load) {
  const counts = [busy, failing, keeping].map(String)
  await client.run('python3', ['-c', CLIENT, host.ipv4, String(port), ...counts])
}

/** Nanoseconds of CPU, from the kernel. */
function cpuOf({ cgroup: { folders } }: Instance): number {
  const v1 = folders.get('cpuacct')
  if (v1 !== undefined) return Number(readFileSync(join(v1, 'cpuacct.usage'), 'utf8'))
  const text = readFileSync(join(folders.get('unified')!, 'cpu.stat'), 'utf8')
  return Number(/^usage_usec (\d+)/m.exec(text)![1]) * 1000
}

/** Bytes without cached files that have not been used of late, from the kernel. */
function memoryOf({ cgroup: { folders } }: Instance): number {
  const folder = folders.get('memory') ?? folders.get('unified')!
  const file = folders.has('memory') ? 'memory.usage_in_bytes' : 'memory.current'
  const stat = readFileSync(join(folder, 'memory.stat'), 'utf8')
  const inactive = Number(/^(?:total_)?inactive_file (\d+)/m.exec(stat)![1])
  return Number(readFileSync(join(folder, file), 'utf8')) - inactive
}

/** The shipped pipeline, sooner; it sees nothing but these containers. */
function configured(instances: readonly Instance[]): string {
  const rules = instances.map(({ cgroup }) => `{ container: '${cgroup.id}' }`).join(', ')
  const options = `{ collection_interval: 500ms, select: [${rules}] }`
  return read('pipelines/containers.yaml')
    .replace('  ebpf_http:', `  ebpf_http: { select: [${rules}] }`)
    .replace('  container_stats:', `  container_stats: ${options}`)
    .replace('  ebpf_files:', `  ebpf_files: ${options}`)
    .replace('  request_metrics:', '  request_metrics: { metrics_flush_interval: 200ms }')
}

/** Rates are right but for what Prometheus adds at the edges. */
function expectRate(perSecond: number | undefined, count: number): void {
  expect(Math.abs(perSecond! * WINDOW - count) / count).toBeLessThan(0.2)
}

describe.skipIf(!runsAgent())('the questions about the instances', () => {
  let instances: [Instance, Instance]
  let prometheus: Prometheus
  /** `instance` by container. */
  let names: string[]
  /** Seconds of CPU that each container used for its load. */
  let used: number[]

  beforeAll(async () => {
    needTracefs()
    const [one, two] = await twoHosts()
    instances = [
      await startInstance('1057a1', [one, two], { busy: 60, failing: 20, keeping: 5 }),
      await startInstance('1057a2', [two, one], { busy: 10, failing: 40, keeping: 50 }),
    ]
    const page = await freePort()
    await startAgent(configured(instances), {
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(page) },
    })
    prometheus = await startPrometheus(`
global: { scrape_interval: 500ms }
scrape_configs:
  - { job_name: waggle, honor_labels: true, static_configs: [{ targets: ['127.0.0.1:${page}'] }] }`)
    for (const one of instances) await ask(one, WARM)
    await scraped(() => WARM)
    const before = instances.map(cpuOf)
    for (const one of instances) await ask(one, one.load)
    used = instances.map((one, i) => (cpuOf(one) - before[i]!) / 1e9)
    await scraped(({ load }) => sumOf(WARM, load))
    names = await Promise.all(instances.map(nameOf))
  }, 120_000)

  /** For an instant there is nothing where a scrape did not come through in time. */
  const patience = { timeoutMs: 20_000, intervalMs: 250 }

  function nameOf({ cgroup }: Instance): Promise<string> {
    return eventually(async () => {
      const [info] = await prometheus.query(`target_info{container_id="${cgroup.id}"}`)
      return info!.labels['instance']!
    }, patience)
  }

  /** Waits until Prometheus has all that each container was asked. */
  async function scraped(load: (one: Instance) => Load): Promise<void> {
    await eventually(async () => {
      for (const one of instances) {
        const { busy, failing, keeping } = load(one)
        const join = `* on (job, instance) group_left target_info{container_id="${one.cgroup.id}"}`
        const valueOf = async (query: string): Promise<number | undefined> =>
          (await prometheus.query(`sum(${query} ${join})`))[0]?.value
        const requests = await valueOf('http_server_request_duration_seconds_count')
        expect(requests).toBe(busy + failing + keeping)
        const written = await valueOf('waggle_file_io_bytes_total{waggle_file_operation="write"}')
        expect(written).toBe(keeping * KEPT_BYTES)
        const cpu = await valueOf('container_cpu_time_seconds_total')
        expect(Math.abs(cpu! - cpuOf(one) / 1e9)).toBeLessThan(0.03)
      }
    }, patience)
  }

  /** What is said of each container, by figure. */
  function figuresOf(samples: readonly Sample[], name: string): Record<string, number> {
    const own = samples.filter(({ labels }) => labels['instance'] === name)
    return Object.fromEntries(own.map(({ labels, value }) => [labels['figure'] ?? '', value]))
  }

  const CHECKS: Record<string, (samples: Sample[]) => void> = {
    'How does each container fare, and what does it use?': (samples) => {
      for (const [i, { cgroup, load }] of instances.entries()) {
        const own = samples.filter(({ labels }) => labels['container_id'] === cgroup.id)
        expect(new Set(own.map(({ labels }) => labels['instance']))).toEqual(new Set([names[i]]))
        expect(new Set(own.map(({ labels }) => labels['job']))).toEqual(new Set(['http_server']))
        const figures = figuresOf(own, names[i]!)
        expect(own).toHaveLength(7)
        const all = load.busy + load.failing + load.keeping
        expectRate(figures['requests a second'], all)
        expectRate(figures['errors a second'], load.failing)
        expect(figures['seconds a request']! * all).toBeGreaterThan(load.busy * BUSY_SECONDS)
        expectRate(figures['CPUs'], used[i]!)
        // What a process had before it came into the cgroup is not counted there.
        const memory = memoryOf(instances[i]!)
        expect(Math.abs(figures['bytes of memory']! - memory)).toBeLessThan(4 * 2 ** 20)
        expectRate(figures['bytes of files a second'], load.keeping * KEPT_BYTES)
        // A request and its answer with their headers, at least.
        expect(figures['bytes of network a second']! * WINDOW).toBeGreaterThan(all * 300)
      }
      expect(samples).toHaveLength(14)
    },
    'How much CPU does a request take?': (samples) => {
      for (const [i, { load }] of instances.entries()) {
        const seconds = figuresOf(samples, names[i]!)['']!
        const truth = used[i]! / (load.busy + load.failing + load.keeping)
        expect(Math.abs(seconds - truth) / truth).toBeLessThan(0.2)
      }
    },
    'How long does a container wait for its files?': (samples) => {
      const writes = samples.filter(({ labels }) => labels['waggle_file_operation'] === 'write')
      expect(new Set(writes.map(({ labels }) => labels['instance']))).toEqual(new Set(names))
      expect(writes).toHaveLength(names.length)
      for (const { value } of writes) expect(value).toBeGreaterThan(0)
    },
  }

  it.each([...QUERIES])('[2.12] %s', async (question, query) => {
    const check = CHECKS[question]
    if (check === undefined) throw new Error(`nothing says what the answer to "${question}" is`)
    await eventually(async () => check(await prometheus.query(query)), patience)
  })

  it('are all on the page', () => {
    expect([...QUERIES.keys()].toSorted()).toEqual(Object.keys(CHECKS).toSorted())
  })
})

function sumOf(one: Load, other: Load): Load {
  return {
    busy: one.busy + other.busy,
    failing: one.failing + other.failing,
    keeping: one.keeping + other.keeping,
  }
}
