import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../kit/agent.ts'
import { atEnd } from '../kit/cleanup.ts'
import { curl } from '../kit/clients.ts'
import { cgroup2Root, cleansUp, eventually, isRoot, kernelHas, tempDir } from '../kit/fixtures.ts'
import { decodeJsonRequest, spans, type SpanView } from '../kit/otlp.ts'
import { freePort, type Program, run, start } from '../kit/processes.ts'
import { needProgram } from '../kit/programs.ts'
import { startNginx, startPythonHttpServer } from '../kit/servers.ts'

cleansUp()

const ID = '40c03570b6f4c30bc8d69923d37ee698f5cfcced92c7b7df1c47f6f7887378a9'
const UID = '72f7f152-440c-66ac-9084-e0fc1d8a910c'
const POD = `kubepods.slice/kubepods-pod${UID.replaceAll('-', '_')}.slice`

/** Answers each request with the pid of the process that does. */
const ANSWER = `
import os
def answer(connection):
    while connection.recv(65536):
        body = str(os.getpid()).encode()
        connection.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s' % (len(body), body))
`

/** Four processes made after `listen` accept from one socket. */
const PREFORKED = `${ANSWER}
import ctypes, signal, socket, sys
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])), backlog=64)
for _ in range(4):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: ends with its parent
        while True:
            answer(listener.accept()[0])
os.wait()
`

/** The parent accepts, and a new program serves on its standard input, as inetd does it. */
const INETD = `${ANSWER}
import socket, sys, time
if sys.argv[1] == 'serve':
    answer(socket.socket(fileno=0))
    time.sleep(2)
    sys.exit()
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])), backlog=64)
while True:
    connection = listener.accept()[0]
    if os.fork() == 0:
        os.dup2(connection.fileno(), 0)
        os.execv(sys.executable, [sys.executable, sys.argv[2], 'serve', sys.argv[2]])
    connection.close()
`

const python = (): string =>
  existsSync('/usr/bin/python3') ? '/usr/bin/python3' : needProgram('python3')

/** Starts a script under a name of its own. */
async function startScript(name: string, source: string): Promise<{ port: number; pid: number }> {
  const file = join(tempDir('script'), name)
  writeFileSync(file, source)
  const port = await freePort()
  const program = await start(python(), [file, String(port), file])
  await program.waitForPort(port)
  return { port, pid: program.pid }
}

/** Makes a cgroup, which goes away with the test, and returns its directory. */
function makeCgroup(path: string): string {
  const names = [`waggle-test-${process.pid}`, ...path.split('/')]
  let directory = cgroup2Root()!
  for (const name of names) {
    directory = join(directory, name)
    if (existsSync(directory)) continue
    mkdirSync(directory)
    const made = directory
    atEnd(`cgroup ${made}`, () => eventually(() => rmdirSync(made)))
  }
  return directory
}

/** The words before a command that make it run in a cgroup. */
function within(cgroup: string): string[] {
  return ['-c', `echo $$ > ${cgroup}/cgroup.procs && exec "$0" "$@"`]
}

async function startServerIn(cgroup: string): Promise<{ port: number; program: Program }> {
  const port = await freePort()
  const server = [python(), '-m', 'http.server', String(port), '--bind', '127.0.0.1']
  const program = await start('sh', [...within(cgroup), ...server], { cwd: tempDir('www') })
  await program.waitForPort(port)
  return { port, program }
}

const isServer = (port: number) => (span: SpanView) =>
  span.kind === 'server' && span.attributes['network.local.port'] === port
const isClient = (port: number) => (span: SpanView) =>
  span.kind === 'client' && span.attributes['network.peer.port'] === port

const isOf = (port: number) => (span: SpanView) => isServer(port)(span) || isClient(port)(span)

/** The spans that are meant, once there are so many. */
async function found(
  all: () => SpanView[],
  meant: (span: SpanView) => boolean,
  count = 1,
): Promise<SpanView[]> {
  return eventually(
    () => {
      const those = all().filter(meant)
      expect(those).toHaveLength(count)
      return those
    },
    { timeoutMs: 20_000 },
  )
}

async function get(port: number, ...options: string[]): Promise<string> {
  const { stdout } = await curl([...options, `http://127.0.0.1:${port}/`])
  return stdout
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('whose an exchange is', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  it('is said of the worker, not of the master that made the socket', async () => {
    const nginx = await startNginx({ workers: 2 })
    await Promise.all(Array.from({ length: 20 }, () => get(nginx.port)))
    const servers = await found(agent.spans, isServer(nginx.port), 20)
    for (const { resource } of servers) {
      expect(nginx.workerPids()).toContain(resource['process.pid'])
      expect(resource['service.name']).toBe('nginx')
    }
  })

  it.each([
    ['of several that were forked to accept', 'preforked.py', PREFORKED],
    ['that a parent gave the connection to', 'inetd.py', INETD],
  ])('is said of the process that answers: one %s', async (_, name, source) => {
    const { port, pid } = await startScript(name, source)
    const pids: number[] = []
    for (let i = 0; i < 8; i++) pids.push(Number(await get(port)))
    expect(pids).not.toContain(pid)
    const servers = await found(agent.spans, isServer(port), 8)
    const said = servers.map(({ resource }) => Number(resource['process.pid']))
    expect(said.toSorted((a, b) => a - b)).toEqual(pids.toSorted((a, b) => a - b))
    for (const { resource } of servers) {
      expect(resource['process.executable.name']).toMatch(/^python/)
      expect(resource['service.name']).toBe(name.replace('.py', ''))
    }
  })

  it('is said of the systemd unit', async () => {
    const { port } = await startServerIn(makeCgroup('system.slice/shop.service'))
    await get(port)
    const [server] = await found(agent.spans, isServer(port))
    expect(server!.resource).toMatchObject({
      'service.name': 'shop',
      'systemd.unit.name': 'shop.service',
    })
  })

  it('is said of the container and its pod', async () => {
    const { port } = await startServerIn(makeCgroup(`${POD}/cri-containerd-${ID}.scope`))
    await get(port)
    const [server] = await found(agent.spans, isServer(port))
    expect(server!.resource).toMatchObject({
      'service.name': 'http.server',
      'container.id': ID,
      'container.runtime.name': 'containerd',
      'k8s.pod.uid': UID,
    })
  })

  it('is said of a process that has moved, by the cgroup where it is now', async () => {
    const before = makeCgroup('system.slice/before.service')
    const after = makeCgroup('system.slice/after.service')
    const { port, program } = await startServerIn(before)
    await run('sh', ['-c', `echo ${program.pid} > ${after}/cgroup.procs`])
    await get(port)
    const [server] = await found(agent.spans, isServer(port))
    expect(server!.resource['systemd.unit.name']).toBe('after.service')
  })

  it('is said of a client that has ended before it could be looked at', async () => {
    const cgroup = makeCgroup(`${POD}/cri-containerd-${ID}.scope`)
    const { port } = await startPythonHttpServer()
    agent.program.signal('SIGSTOP')
    try {
      await get(port)
      await run('sh', [...within(cgroup), needProgram('curl'), '-s', `http://127.0.0.1:${port}/`])
    } finally {
      agent.program.signal('SIGCONT')
    }
    const clients = await found(agent.spans, isClient(port), 2)
    const [plain, contained] = clients.toSorted(
      (a, b) => Number('container.id' in a.resource) - Number('container.id' in b.resource),
    )
    expect(plain!.resource).toMatchObject({
      'service.name': 'curl',
      'process.executable.name': 'curl',
    })
    expect(contained!.resource).toMatchObject({
      'service.name': 'curl',
      'container.id': ID,
      'k8s.pod.uid': UID,
    })
    for (const { resource } of clients)
      expect(resource).not.toHaveProperty('process.executable.path')
  })
})

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('what is chosen to be observed', () => {
  /** An agent whose receiver has these options, and what it has written. */
  async function startChoosing(options: string): Promise<{ agent: Agent; all: () => SpanView[] }> {
    const path = join(tempDir('chosen'), 'spans.jsonl')
    const agent = await startAgent(`
receivers: { ebpf_http: { ${options} } }
processors: { protocol_inference: }
exporters: { file: { path: ${path}, flush_interval: 50ms } }
service:
  pipelines:
    traces: { receivers: [ebpf_http], processors: [protocol_inference], exporters: [file] }
`)
    return { agent, all: () => spansIn(path) }
  }

  function spansIn(path: string): SpanView[] {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    return lines.flatMap((line) => spans(decodeJsonRequest('traces', line)))
  }

  it('is what rules select, less what others exclude, at each end by itself', async () => {
    const scope = makeCgroup(`${POD}/cri-containerd-${ID}.scope`)
    const unit = makeCgroup('system.slice/chosen.service')
    const servers = [await startServerIn(scope), await startServerIn(unit)]
    const other = await startPythonHttpServer()
    const ports = [...servers.map(({ port }) => port), other.port]
    const select = `select: [{ container: ${ID.slice(0, 12)}* }, { unit: chosen.* }, { executable: curl }]`
    const { agent, all } = await startChoosing(`${select}, exclude: [{ port: ${ports[1]} }]`)
    for (const port of ports) await get(port)
    const [server] = await found(all, isServer(ports[0]!))
    const [client] = await found(all, isClient(ports[0]!))
    await found(all, isClient(ports[2]!))
    expect(server!.parentSpanId).toBe(client!.spanId)
    await agent.stop()
    expect(ports.map((port) => all().filter(isOf(port)).length)).toEqual([2, 0, 1])
  })

  it('leaves a server without a parent where its client is left out', async () => {
    const { port } = await startPythonHttpServer()
    const { agent, all } = await startChoosing(
      'exclude: [{ executable: /usr/**/curl }, { executable: curl }]',
    )
    await get(port)
    const [server] = await found(all, isServer(port))
    expect(server!.parentSpanId).toBe('')
    await agent.stop()
    expect(all().filter(isOf(port))).toHaveLength(1)
  })

  const chores: string[][] = [
    ['-A', 'kube-probe/1.29'],
    ['-A', 'Prometheus/3.0.0'],
    ['-H', 'Accept: application/openmetrics-text;version=1.0.0'],
  ]
  it('is neither probes nor scrapes nor exports, unless it is asked for', async () => {
    const { port } = await startPythonHttpServer()
    const usual = await startChoosing('')
    const off = 'kubelet_probes: false, telemetry_exports: false, metrics_scrapes: false'
    const asking = await startChoosing(`default_exclude: { ${off} }`)
    for (const chore of chores) await get(port, ...chore)
    const json = ['-H', 'Content-Type: application/json', '-d', '{}']
    await curl([...json, `http://127.0.0.1:${port}/v1/traces`])
    await curl([...json, `http://127.0.0.1:${port}/orders`])
    await found(asking.all, isServer(port), 5)
    const [order] = await found(usual.all, isServer(port))
    expect(order!.attributes['url.path']).toBe('/orders')
    await Promise.all([usual.agent.stop(), asking.agent.stop()])
    expect(usual.all().filter(isOf(port))).toHaveLength(2)
    expect(asking.all().filter(isOf(port))).toHaveLength(10)
  })
})
