import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventually } from '../../test/kit/eventually.ts'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { tempDir } from '../../test/kit/temp_dir.ts'
import { NO_LIMITS } from '../component/limits.ts'
import { ComponentRegistry } from '../component/registry.ts'
import { components } from '../components.ts'
import { Graph } from '../pipeline/graph.ts'
import { Counters } from '../telemetry/counters.ts'
import { createLogger } from '../telemetry/logger.ts'
import { NO_METERS } from '../telemetry/meter.ts'
import { runCli } from './cli.ts'
import { loadPlan } from './load.ts'
import { replayConfig } from './replay_config.ts'
import { deliveriesIn } from './replay_read.ts'
import { replayFiles } from './replay_run.ts'
import { ReplaySink } from './replay_sink.ts'

cleansUp()

const registry = new ComponentRegistry(components)
const version = '0.0.0-test'
const recorded = (name: string, of = 'v1.36.3'): string =>
  join(import.meta.dirname, '../../test/kubernetes/recorded', of, `${name}.jsonl`)

/** A stream that keeps what is written to it. */
class Kept {
  text = ''
  write(text: string, done?: () => void): boolean {
    this.text += text
    done?.()
    return true
  }
  on(): this {
    return this
  }
}

interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function replay(...args: readonly string[]): Promise<Said> {
  const [stdout, stderr] = [new Kept(), new Kept()]
  const streams = { stdout, stderr } as unknown as Record<'stdout' | 'stderr', NodeJS.WriteStream>
  const exit = (): void => {}
  const code = await runCli(['replay', ...args], { components, exit, ...streams })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** What is said of the deliveries in a recorded log, without bars. */
async function sentencesOf(name: string, of?: string): Promise<string> {
  const { stdout } = await replay(recorded(name, of))
  return stdout.replaceAll(/\s+/g, ' ')
}

describe('replay of a recorded log explains', () => {
  it.each(['v1.30.14', 'v1.36.3'])('a healthy pod, of %s', async (of) => {
    expect(await sentencesOf('healthy', of)).toMatch(
      /created: Ready, .* Everything went well, in [\d.]+ s\./,
    )
  })

  it.each(['v1.30.14', 'v1.36.3'])('a slow image pull, of %s', async (of) => {
    const text = await sentencesOf('slow_image_pull', of)
    expect(text).toContain('Pulling the image `registry.example.com/shop/web:1.4.2` took 40 s.')
    expect(text).toMatch(/pulling image \S+shop\/web:1\.4\.2 █{25,} 40 s/)
  })

  it.each(['v1.30.14', 'v1.36.3'])('a crash loop, of %s', async (of) => {
    expect(await sentencesOf('crash_loop', of)).toMatch(
      /The program of container `app` ended with exit code 1, 4 times; last at .* It is in a crash loop \(CrashLoopBackOff\) after 3 restarts: .* See why: `kubectl logs \S+ -c app --previous`\. \(turn of the user\)/,
    )
  })

  it.each(['v1.30.14', 'v1.36.3'])('how a program ended, and how often, of %s', async (of) => {
    const text = await sentencesOf('crash_loop', of)
    expect(text).toContain(' ! Error: exit code 1 ')
    expect(text).toContain(' ApplicationError, CrashLoopBackOff (3 restarts) ')
  })

  it.each(['v1.30.14', 'v1.36.3'])('a pod that fits on no node, of %s', async (of) => {
    const text = await sentencesOf('unschedulable_cpu', of)
    expect(text).toMatch(/created: end not seen, .* No node has the 64 CPU cores free/)
    expect(text).toMatch(/finding a node ·*█+▶ > /)
  })
})

describe('waggle replay', () => {
  it('sums up what it has read', async () => {
    const { code, stdout, stderr } = await replay(recorded('healthy'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/\n2 pods, 2 deliveries; promises: 2 kept\n$/)
  })

  it('speaks Chinese', async () => {
    const { stdout } = await replay(recorded('slow_image_pull'), '--language', 'zh')
    expect(stdout).toContain('1 个 Pod，1 次交付，承诺：1 达标')
    expect(stdout).toMatch(/拉取镜像 `registry\.example\.com\/shop\/web:1\.4\.2`/)
  })

  it('reads several files, also compressed ones and of names that are patterns elsewhere', async () => {
    const folder = join(tempDir('replay'), 'a[b]')
    mkdirSync(folder)
    const file = join(folder, 'audit-$1*.log.gz')
    writeFileSync(file, gzipSync(readFileSync(recorded('slow_image_pull'))))
    const { code, stdout } = await replay(file, recorded('healthy'))
    expect(code).toBe(0)
    expect(stdout).toContain('3 pods, 3 deliveries')
  })

  it('shows only the pods that are asked for', async () => {
    const files = [recorded('slow_image_pull'), recorded('healthy')]
    const { stdout } = await replay(...files, '--namespace', 'slow-image-pull')
    expect(stdout).toContain('1 pod, 1 delivery')
    const [name] = /web-\S+/.exec(stdout) ?? []
    expect((await replay(...files, '--pod', name!)).stdout).toContain('1 pod, 1 delivery')
    expect(await replay(...files, '--pod', 'other')).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(
        /^waggle: \d+ audit events were read, and no delivery of pod other was found in them/,
      ) as string,
    })
  })

  it('writes a line of JSON for each delivery', async () => {
    const { stdout } = await replay(recorded('healthy'), '--format', 'json')
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(lines).toMatchObject([
      { kind: 'create', outcome: 'ready', kept: 'kept', pod: { namespace: 'healthy' } },
      { kind: 'create', outcome: 'ready', kept: 'kept', pod: { namespace: 'healthy' } },
    ])
  })

  it("uses the connector's options of a configuration, and nothing else of it", async () => {
    const config = join(tempDir('replay'), 'delivery.yaml')
    writeFileSync(
      config,
      `
receivers: { k8s_audit: { file: { path: /nowhere } } }
extensions: { delivery_api: { endpoint: localhost:1 }, file_storage: { directory: /nowhere } }
connectors:
  pod_delivery:
    api: delivery_api
    storage: file_storage
    stages:
      - { type: my_stage, owner: user, component: mine, start: [ pod:create:success ], end: [ "condition:Ready:true" ] }
exporters: { debug: }
service:
  extensions: [delivery_api, file_storage]
  pipelines:
    logs: { receivers: [k8s_audit], exporters: [pod_delivery] }
    traces: { receivers: [pod_delivery], exporters: [debug] }
`,
    )
    const { code, stdout, stderr } = await replay(recorded('healthy'), '--config', config)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^ {4}my stage +[█▒]+/m)
  })

  it.each([
    [
      ['/nowhere.log'],
      "waggle: cannot read /nowhere.log: ENOENT: no such file or directory, access '/nowhere.log'\n",
    ],
    [[import.meta.dirname], `waggle: cannot read ${import.meta.dirname}: it is a folder\n`],
    [[], "error: missing required argument 'file'\n"],
    [[recorded('healthy'), '--config', recorded('healthy')], /healthy\.jsonl:/],
  ])('says of %j what is wrong', async (args, words) => {
    const { code, stdout, stderr } = await replay(...args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toEqual(typeof words === 'string' ? words : expect.stringMatching(words))
  })

  it('ends with 1 when there are no audit events in a file', async () => {
    const file = join(tempDir('replay'), 'other.log')
    writeFileSync(file, 'something else\n{"kind":"Event"}\n')
    const { code, stdout, stderr } = await replay(file)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.split('\n')).toEqual([
      'waggle: no audit events about pods were found',
      'waggle: lines that cannot be read: 1 not_json, 1 not_an_audit_event',
      expect.stringMatching(/^waggle: wanted is the audit log of a kube-apiserver/),
      '',
    ])
  })

  it('says how many lines it could not read', async () => {
    const file = join(tempDir('replay'), 'audit.log')
    writeFileSync(file, `${readFileSync(recorded('healthy'), 'utf8')}{"kind":"Ev`)
    const { code, stderr } = await replay(file)
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'waggle: lines that cannot be read: 1 truncated\n',
    })
  })

  it('ends with 1 when a compressed file is cut off, and still shows what was read', async () => {
    const file = join(tempDir('replay'), 'audit.log.gz')
    const whole = gzipSync(readFileSync(recorded('healthy')))
    writeFileSync(file, whole.subarray(0, whole.length - 200))
    const { code, stderr } = await replay(file)
    expect(code).toBe(1)
    expect(stderr).toContain(file)
  })

  it('lets no message of a log steer the terminal', () => {
    const sink = new ReplaySink()
    const attributes = {
      'waggle.delivery.kind': 'create',
      'k8s.pod.name': 'a\u001b[31mb',
      'waggle.delivery.sentence': 'x\u0007\u009by',
    }
    const ids = {
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      parentSpanId: '',
      traceState: '',
    }
    const span = {
      ...ids,
      flags: 0,
      name: '',
      kind: 1,
      startNs: 0n,
      endNs: 0n,
      attributes,
      events: [],
      status: { code: 0, message: '' },
    } as const
    sink.spans.push({ resource: {}, span })
    expect(deliveriesIn(sink, {}, 'en')).toMatchObject([
      { pod: { name: 'a [31mb' }, sentence: 'x  y' },
    ])
  })
})

describe('[3.15] what a replay tells', () => {
  afterEach(() => vi.useRealTimers())

  it.each(['crash_loop', 'deployment_rollout', 'delete_finalizer', 'preempted', 'job_failed'])(
    'of %s is what was told live, byte for byte',
    async (name) => {
      // A slow machine reads what was written within a second more slowly than it happened.
      vi.useFakeTimers({ toFake: ['Date'] })
      const live = await runLive(readFileSync(recorded(name), 'utf8'))
      const { sink } = await replayFiles(
        [recorded(name)],
        { config: [], language: 'en' },
        {
          registry,
          version,
          stderr: process.stderr,
        },
      )
      expect(told(sink).length).toBeGreaterThan(3)
      expect(told(sink)).toEqual(told(live))
    },
  )
})

/** Spans and log records as text, in an order of their own, without when they were seen. */
function told({ spans, logs }: ReplaySink): string[] {
  const text = (value: unknown): string =>
    JSON.stringify(value, (key, one: unknown) => {
      if (key === 'observedNs') return undefined
      return typeof one === 'bigint' ? String(one) : one
    })
  return [...spans.map(text), ...logs.map(text)].toSorted()
}

/** An agent that follows a log while it is written. */
async function runLive(text: string): Promise<ReplaySink> {
  const file = join(tempDir('live'), 'audit.log')
  writeFileSync(file, '')
  const config = replayConfig([file], { languages: ['en'], unfinished: 'emit' }).replace(
    '"follow":false',
    '"follow":true,"start_at":"beginning","poll_interval":"10ms"',
  )
  const sink = new ReplaySink()
  const own = new ComponentRegistry([...components, sink.factory])
  const { plan } = await loadPlan({ config: [`yaml:${config}`], set: [] }, own)
  const counters = new Counters()
  const log = createLogger({ level: 'error', out: process.stderr })
  const graph = new Graph(plan, { log, counters, meters: NO_METERS, limits: NO_LIMITS, version })
  await graph.start()
  const lines = text.split(/(?<=\n)/)
  for (const [i, line] of lines.entries()) {
    appendFileSync(file, line)
    const wanted = i + 1
    await eventually(
      () => {
        const { in: seen } = counters.of('receiver/k8s_audit')
        if (seen < wanted) throw new Error(`${seen} of ${wanted} lines were read`)
      },
      { intervalMs: 5 },
    )
  }
  await graph.shutdown()
  return sink
}
