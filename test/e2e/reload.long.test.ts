import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../kit/agent.ts'
import { keepAliveClient } from '../kit/clients.ts'
import { unpack } from '../kit/debian.ts'
import { cleansUp, eventually, isRoot, kernelHas, tempDir } from '../kit/fixtures.ts'
import { decodeJsonRequest, spans, type SpanView } from '../kit/otlp.ts'
import { freePort, run } from '../kit/processes.ts'
import { startNodeServer } from '../kit/servers.ts'

cleansUp()

const RELOADED = /Configuration reloaded\./g

/** How often a text says something. */
const times = (agent: Agent, what: RegExp): number =>
  [...agent.program.stderr.matchAll(what)].length

/** Waits for one reload more than there have been. */
async function reloaded(agent: Agent, before: number): Promise<void> {
  await eventually(() => expect(times(agent, RELOADED)).toBe(before + 1), { timeoutMs: 10_000 })
}

async function reload(agent: Agent): Promise<void> {
  const before = times(agent, RELOADED)
  agent.program.signal('SIGHUP')
  await reloaded(agent, before)
}

/** The BPF programs that a process holds, by the kernel's own list. */
async function programsOf(pid: number): Promise<string[]> {
  const { env, program } = await unpack('bpftool')
  const { stdout } = await run(program('bpftool'), ['--json', 'prog', 'show'], { env })
  const held = heldPrograms(pid)
  const all = JSON.parse(stdout) as { id: number; name?: string }[]
  return all.filter(({ id }) => held.has(id)).map(({ name = '' }) => name)
}

/** Ids of programs that a process has open, itself or through a link (fdinfo in proc(5)). */
function heldPrograms(pid: number): Set<number> {
  const folder = `/proc/${pid}/fdinfo`
  const texts = readdirSync(folder).map((fd) => readFileSync(join(folder, fd), 'utf8'))
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/^prog_id:\s*(\d+)/gm)].map(([, id]) => Number(id))),
  )
}

function spansIn(file: string): SpanView[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => spans(decodeJsonRequest('traces', line)))
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('reloading', () => {
  it('[0.9] attaches the programs of a receiver that is switched on, and detaches those of one that is switched off', async () => {
    const port = await freePort()
    const pipelines = (receivers: string) => `
receivers: { ebpf_http: , otlp: { protocols: { http: { endpoint: 127.0.0.1:${port} } } } }
processors: { protocol_inference: }
exporters: { debug: { verbosity: basic } }
service:
  pipelines:
    traces/otlp: { receivers: [otlp], exporters: [debug] }
${receivers}`
    const config = join(tempDir('reload'), 'waggle.yaml')
    const off = pipelines('')
    const on = pipelines(
      '    traces: { receivers: [ebpf_http], processors: [protocol_inference], exporters: [debug] }',
    )
    writeFileSync(config, off)
    const agent = await startAgent(`\${file:${config}}`, { args: ['--no-watch-config'] })
    const { pid } = agent.program
    const base = await programsOf(pid)
    for (let round = 0; round < 2; round++) {
      writeFileSync(config, on)
      await reload(agent)
      expect(await programsOf(pid)).toEqual(expect.arrayContaining(['http_ingress', 'http_egress']))
      writeFileSync(config, off)
      await reload(agent)
      expect(await programsOf(pid)).toEqual(base)
    }
    expect(agent.program.pid).toBe(pid)
    await agent.stop()
  })

  it('50 times under load loses nothing', async () => {
    const folder = tempDir('reload')
    const [config, output] = [join(folder, 'waggle.yaml'), join(folder, 'spans.jsonl')]
    const server = await startNodeServer()
    // Every part changes once in a while, the receiver least often: it cannot see while it is away.
    const yaml = (round: number): string => `
receivers: { ebpf_http: }
processors: { protocol_inference: , batch: { timeout: ${10 + (round % 2)}ms } }
connectors: { forward: }
exporters: { file: { path: ${output}, append: true, flush_interval: ${1 + (round % 3)}ms } }
service:
  telemetry: { logs: { sampling: { enabled: false } } }
  pipelines:
    traces: { receivers: [ebpf_http], processors: [protocol_inference${round % 5 === 0 ? ', batch' : ''}], exporters: [forward] }
    traces/out: { receivers: [forward], processors: [batch], exporters: [file] }
`
    writeFileSync(config, yaml(0))
    const agent = await startAgent(`\${file:${config}}`, { args: ['--no-watch-config'] })
    let loading = true
    let requests = 0
    const rounds = (async () => {
      for (let round = 1; round <= 50; round++) {
        writeFileSync(config, yaml(round))
        await reload(agent)
        await eventually(() => expect(requests).toBeGreaterThan(round * 10), { intervalMs: 10 })
      }
      loading = false
    })()
    const client = keepAliveClient(`http://127.0.0.1:${server.port}`)
    while (loading) {
      await client.send(`/${requests++}`)
      await sleep(5)
    }
    await rounds
    client.close()
    const { totals, exit } = await agent.stop()
    expect(exit.code).toBe(0)
    const seen = spansIn(output).filter(({ attributes }) =>
      [attributes['network.local.port'], attributes['network.peer.port']].includes(server.port),
    )
    const paths = (kind: string) =>
      seen
        .filter((span) => span.kind === kind)
        .map(({ attributes }) =>
          String(attributes['url.path'] ?? new URL(String(attributes['url.full'])).pathname),
        )
        .toSorted()
    const expected = Array.from({ length: requests }, (_, i) => `/${i}`).toSorted()
    expect(requests).toBeGreaterThan(500)
    expect(paths('server')).toEqual(expected)
    expect(paths('client')).toEqual(expected)
    expect(totals).not.toMatch(/dropped [1-9]/)
  }, 90_000)

  it('[2.4] takes over what a ConfigMap says now, in the same process', async () => {
    const folder = tempDir('reload')
    const output = join(folder, 'spans.jsonl')
    const [one, two] = [await startNodeServer(), await startNodeServer()]
    const version = (name: string, port: number): void => {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'http.yaml'), `select: [{ port: ["${port}"] }]\n`)
      symlinkSync(name, join(folder, '..data_tmp'))
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
    }
    version('v1', one.port)
    symlinkSync('..data/http.yaml', join(folder, 'http.yaml'))
    const agent = await startAgent(`
receivers: { ebpf_http: "\${file:${join(folder, 'http.yaml')}}" }
processors: { protocol_inference: }
exporters: { file: { path: ${output}, flush_interval: 0s } }
service:
  pipelines:
    traces: { receivers: [ebpf_http], processors: [protocol_inference], exporters: [file] }
`)
    const ask = async (path: string): Promise<void> => {
      for (const { port } of [one, two]) {
        const client = keepAliveClient(`http://127.0.0.1:${port}`)
        await client.send(path)
        client.close()
      }
    }
    await ask('/before')
    version('v2', two.port)
    await reloaded(agent, 0)
    await ask('/after')
    await agent.stop()
    const servers = spansIn(output).filter(({ kind }) => kind === 'server')
    expect(
      servers.map(({ attributes }) => [attributes['url.path'], attributes['server.port']]),
    ).toEqual([
      ['/before', one.port],
      ['/after', two.port],
    ])
    expect(times(agent, /Running\./g)).toBe(1)
  })

  it('goes on with the configuration before when the new one is wrong', async () => {
    const file = join(tempDir('reload'), 'http.yaml')
    writeFileSync(file, '{}')
    const server = await startNodeServer()
    const agent = await startAgent(undefined, { ebpfHttp: `"\${file:${file}}"` })
    writeFileSync(file, 'selekt: {}')
    await agent.program.waitForOutput(
      /Configuration not reloaded, the one before goes on\..*did you mean \\*"select/,
    )
    const client = keepAliveClient(`http://127.0.0.1:${server.port}`)
    await client.send('/after')
    client.close()
    await eventually(() => expect(agent.spans().length).toBeGreaterThan(0))
    const { exit } = await agent.stop()
    expect(exit.code).toBe(0)
  })
})
