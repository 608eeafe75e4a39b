import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../kit/eventually.ts'
import { start } from '../kit/processes.ts'
import type { Program } from '../kit/processes.ts'
import { tempDir } from '../kit/temp_dir.ts'
import { builtWaggle } from './built.ts'

const WAGGLE = new URL('../../bin/waggle', import.meta.url).pathname
const SINK = new URL('../kit/otlp_sink.main.ts', import.meta.url).pathname
const NETWORK_PIPELINE = new URL('../../pipelines/network.yaml', import.meta.url).pathname
const NODE_PIPELINE = new URL('../../pipelines/node.yaml', import.meta.url).pathname
const ENCODING_AGENT = new URL('encoding_agent.ts', import.meta.url).pathname
const PROBE = new URL('probe.ts', import.meta.url).href

/** What is watched inside the agent. Watching costs: such a run's CPU is not the agent's own. */
export interface Watching {
  /** Count bytes allocated. */
  readonly allocations: boolean
  /** The file for a CPU profile of the main thread; none if not given. */
  readonly profile: string | undefined
}

/** A component's counts, as the agent prints them when it ends. */
export interface Totals {
  readonly component: string
  readonly in: number
  readonly out: number
  readonly dropped: Readonly<Record<string, number>>
}

/** A sink of its own process that counts and decodes nothing. */
export class CountingSink {
  readonly port: number
  readonly #program: Program

  private constructor(program: Program, port: number) {
    this.#program = program
    this.port = port
  }

  static async start(): Promise<CountingSink> {
    const program = await start(process.execPath, [SINK, '--count'])
    const [line] = await program.waitForOutput(/^\{"port":\d+.*\}$/m)
    return new CountingSink(program, (JSON.parse(line) as { port: number }).port)
  }

  /** Ends it; resolves with the number of spans that it was sent. */
  async stop(): Promise<number> {
    await this.#program.stop()
    const last = this.#program.stdout.trim().split('\n').at(-1) as string
    return (JSON.parse(last) as { traces: { items: number } }).traces.items
  }
}

/** The agent as a user runs it: kernel to OTLP over gRPC, uncompressed. */
export class AgentProcess {
  readonly #program: Program
  readonly #allocationsFile: string

  private constructor(program: Program, allocationsFile: string) {
    this.#program = program
    this.#allocationsFile = allocationsFile
  }

  /** Starts it and waits until it says that it runs. */
  static async start(
    sinkPort: number,
    watching: Watching,
    pipeline: Pipeline,
  ): Promise<AgentProcess> {
    const dir = tempDir('bench')
    const config = join(dir, 'config.yaml')
    writeFileSync(config, PIPELINES[pipeline](sinkPort))
    const file = join(dir, 'allocations.json')
    const env = { ...watchingEnv(watching, file), ...placesFor(sinkPort) }
    const options = { env, graceMs: 20_000 }
    const run = ['run', '--config', config]
    const program =
      pipeline === 'encode'
        ? await start(process.execPath, [...nodeFlags(), ENCODING_AGENT, ...run], options)
        : await start(builtWaggle(), run, options)
    await program.waitForOutput(/"Running\."/, { timeoutMs: 30_000 })
    return new AgentProcess(program, file)
  }

  get pid(): number {
    return this.#program.pid
  }

  /** What it has written. */
  get output(): string {
    return this.#program.output
  }

  /** Begins or ends the watching that it was started with; without any it must not be called. */
  toggleWatching(): void {
    this.#program.signal('SIGUSR2')
  }

  /** Bytes allocated on the main thread's heap while it was watched, once they are known. */
  async allocated(): Promise<number> {
    return eventually(() => {
      const text = readFileSync(this.#allocationsFile, 'utf8')
      return (JSON.parse(text) as { bytes: number }).bytes
    })
  }

  /** Ends it; resolves with its totals. */
  async stop(): Promise<Totals[]> {
    const { code } = await this.#program.stop()
    const line = this.#program.output.match(/^.*"Totals\.".*$/m)?.[0]
    if (code !== 0 || !line)
      throw new Error(`the agent failed (${code}):\n${this.output.slice(-4_000)}`)
    return (JSON.parse(line) as { totals: Totals[] }).totals
  }
}

function watchingEnv({ allocations, profile }: Watching, file: string): Record<string, string> {
  if (!allocations && profile === undefined) return {}
  return {
    NODE_OPTIONS: `--import=${PROBE}`,
    ...(allocations && { ALLOCATIONS_FILE: file }),
    ...(profile !== undefined && { PROFILE_FILE: profile }),
  }
}

/** What the agent is measured with. */
export type Pipeline = 'spans' | 'node' | 'network' | 'encode'

const PIPELINES: Readonly<Record<Pipeline, (sinkPort: number) => string>> = {
  spans: (sinkPort) =>
    spansTo(
      `  otlp_grpc:
    endpoint: 127.0.0.1:${sinkPort}
    compression: none
    tls: { insecure: true }`,
      'otlp_grpc',
    ),
  node: () => readFileSync(NODE_PIPELINE, 'utf8').replace('\nservice:\n', `\nservice:${LOGS}\n`),
  network: () =>
    readFileSync(NETWORK_PIPELINE, 'utf8').replace('encoding: console', 'encoding: json'),
  encode: () => spansTo('  encoding:', 'encoding'),
}

const LOGS = `
  telemetry:
    logs: { encoding: json }`

/** The pages that pipelines/node.yaml offers stay out of the way of an agent that runs already. */
function placesFor(sinkPort: number): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: `127.0.0.1:${sinkPort}`,
    OTEL_EXPORTER_PROMETHEUS_PORT: '19464',
  }
}

/** The flags that bin/waggle gives to Node.js. */
function nodeFlags(): string[] {
  const [, flags = ''] = /^flags="(.*)"$/m.exec(readFileSync(WAGGLE, 'utf8')) ?? []
  return flags.split(' ')
}

/** Every span to one exporter. */
function spansTo(exporter: string, id: string): string {
  return `
receivers:
  ebpf_http:
processors:
  protocol_inference:
  batch: { send_batch_size: 2000, send_batch_max_size: 2000 }
exporters:
${exporter}
service:${LOGS}
  pipelines:
    traces:
      receivers: [ebpf_http]
      processors: [protocol_inference, batch]
      exporters: [${id}]
`
}
