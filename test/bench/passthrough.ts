import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { realCollector } from '../interop/collector.ts'
import { endAll } from '../kit/cleanup.ts'
import { freePort, start } from '../kit/processes.ts'
import type { Program } from '../kit/processes.ts'
import { tempDir } from '../kit/temp_dir.ts'
import { CountingSink } from './agent_process.ts'
import { builtWaggle } from './built.ts'
import { median, report, spreadText, warnOfNoise } from './figures.ts'
import type { Figure } from './figures.ts'
import { cpuSeconds, residentMib } from './proc_stat.ts'

const usage = `usage: npm run bench:passthrough -- [options]
  OTLP over gRPC in, memory_limiter, batch, OTLP over gRPC out: at a fixed rate, and as much as goes
  through, beside a real OpenTelemetry Collector with the same configuration.

  --rounds N         Waggle and the Collector in turn (3)
  --seconds N        seconds of one load (10)
  --rate N           spans per second of the fixed rate (10000)
  --compression C    of what is sent on: gzip, the default of both, or none
  --record           append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '10000' },
    compression: { type: 'string', default: 'gzip' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

type Runner = 'waggle' | 'collector'

interface Load {
  readonly spans: number
  readonly refused: number
  /** CPU of the measured process, user and system, until it was idle again. */
  readonly cpuSeconds: number
  readonly seconds: number
}

interface Round {
  readonly fixed: Load
  readonly most: Load
  readonly residentMib: number
  /** What was taken and did not arrive. */
  readonly lost: number
}

const config = (entry: number, sink: number): string => `
receivers: { otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${entry} } } } }
processors:
  memory_limiter: { check_interval: 1s, limit_mib: 1000, spike_limit_mib: 200 }
  batch:
exporters:
  otlp_grpc:
    endpoint: 127.0.0.1:${sink}
    compression: ${values.compression}
    tls: { insecure: true }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp_grpc] }
`

async function startMeasured(runner: Runner, entry: number, sink: number): Promise<Program> {
  const file = join(tempDir(runner), 'config.yaml')
  writeFileSync(file, config(entry, sink))
  const [command, args, running]: [string, string[], RegExp] =
    runner === 'waggle'
      ? [builtWaggle(), ['run', '--config', file], /Running\./]
      : [await realCollector(), ['--config', file], /Everything is ready/]
  const program = await start(command, args, { graceMs: 20_000 })
  await program.waitForOutput(running, { timeoutMs: 30_000 })
  return program
}

/** How long what was taken may wait: the batch's timeout, and one more export. */
const SETTLE_MS = 1500

async function load(program: Program, port: number, rate?: number): Promise<Load> {
  const before = cpuSeconds(program.pid)
  const args = [
    `${import.meta.dirname}/otlp_load.ts`,
    '--port',
    String(port),
    '--seconds',
    values.seconds,
  ]
  const loader = await start(
    process.execPath,
    rate === undefined ? args : [...args, '--rate', String(rate)],
  )
  const began = performance.now()
  await loader.exited
  const seconds = (performance.now() - began) / 1000
  await sleep(SETTLE_MS)
  const spent = cpuSeconds(program.pid) - before
  const totals = JSON.parse(loader.stdout) as { spans: number; refused: number }
  return { ...totals, cpuSeconds: spent, seconds }
}

async function round(runner: Runner): Promise<Round> {
  const sink = await CountingSink.start()
  const entry = await freePort()
  const program = await startMeasured(runner, entry, sink.port)
  const fixed = await load(program, entry, Number(values.rate))
  const resident = residentMib(program.pid).now
  const most = await load(program, entry)
  await program.stop()
  const arrived = await sink.stop()
  const lost = fixed.spans + most.spans - arrived
  process.stdout.write(
    `${runner}: ${percent(fixed)} % of a core and ${resident.toFixed(0)} MiB at the fixed rate; ` +
      `${(most.spans / most.seconds).toFixed(0)} spans/s at most, ${perCpu(most).toFixed(0)} per CPU second, ` +
      `${most.refused} refused, ${lost} lost\n`,
  )
  return { fixed, most, residentMib: resident, lost }
}

const share = ({ cpuSeconds: cpu }: Load): number => (cpu / Number(values.seconds)) * 100
const percent = (one: Load): string => share(one).toFixed(1)
const perCpu = ({ spans, cpuSeconds: cpu }: Load): number => spans / cpu

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(usage)
  const rounds: Record<Runner, Round[]> = { waggle: [], collector: [] }
  for (let i = 0; i < Number(values.rounds); i++) {
    const order: Runner[] = i % 2 === 0 ? ['waggle', 'collector'] : ['collector', 'waggle']
    for (const runner of order) rounds[runner].push(await round(runner))
  }
  warnOfNoise(rounds.collector.map(({ most }) => perCpu(most)))
  const title = `OTLP passed through at ${values.rate} spans/s, sent on with ${values.compression}`
  report(title, figuresOf(rounds), values.record)
}

function figuresOf({ waggle, collector }: Record<Runner, Round[]>): Figure[] {
  const ratios = waggle.map(({ most }, i) => perCpu(most) / perCpu(collector[i]!.most))
  const of = (rounds: readonly Round[], value: (one: Round) => number, digits: number): string =>
    spreadText(rounds.map(value), digits)
  const lost = waggle.reduce((sum, one) => sum + one.lost, 0)
  return [
    {
      what: 'CPU at the fixed rate, % of a core',
      value: of(waggle, ({ fixed }) => share(fixed), 1),
      bar: '20',
      baseline: `Collector: ${of(collector, ({ fixed }) => share(fixed), 1)}`,
    },
    {
      what: 'RSS after it, MiB',
      value: of(waggle, (one) => one.residentMib, 0),
      bar: '120',
      goal: '100',
      baseline: `Collector: ${of(collector, (one) => one.residentMib, 0)}`,
    },
    {
      what: 'spans per CPU second at the highest rate, against the Collector',
      value: spreadText(ratios, 2),
      bar: '0.8',
      goal: '1.2',
      baseline: `Collector: ${median(collector.map(({ most }) => perCpu(most))).toFixed(0)}`,
    },
    {
      what: 'spans per second at the highest rate',
      value: of(waggle, ({ most }) => most.spans / most.seconds, 0),
      baseline: `Collector: ${of(collector, ({ most }) => most.spans / most.seconds, 0)}`,
    },
    { what: 'spans taken and lost', value: String(lost), bar: '0' },
  ]
}

try {
  await main()
} finally {
  await endAll()
}
