import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { components } from '../../src/components.ts'
import { realCollector } from '../interop/collector.ts'
import type { Runner } from '../interop/runners.ts'
import { endAll } from '../kit/cleanup.ts'
import { freePort, start } from '../kit/processes.ts'
import type { Program } from '../kit/processes.ts'
import { tempDir } from '../kit/temp_dir.ts'
import { CountingSink } from './agent_process.ts'
import { builtWaggle } from './built.ts'
import { type Figure, median, report, spreadText, warnOfNoise } from './figures.ts'
import { type Case, CASES, configOf, HELD, type Held, isFor } from './processor_cases.ts'
import { cpuSeconds, residentMib } from './proc_stat.ts'

const usage = `usage: npm run bench:processors -- [options]
  Traces over OTLP/gRPC in, one component, batch, OTLP/gRPC out: as much as goes through, beside a real
  OpenTelemetry Collector with the same configuration (needs Go). Components that one of them lacks are
  left out. Waggle runs as a gateway does, with WAGGLE_SEMI_SPACE_MIB=16 unless that is set.

  --only NAMES       cases with commas between them (all)
  --rounds N         Waggle and the Collector in turn (3)
  --seconds N        seconds of one load (6)
  --profile FOLDER   CPU profiles of Waggle go there; its figures are then worth nothing
  --no-memory        without the memory at many series and traces
  --record           append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
    profile: { type: 'string' },
    'no-memory': { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const RUNNERS: readonly Runner[] = ['waggle', 'collector']

async function startMeasured(runner: Runner, config: string): Promise<Program> {
  const file = join(tempDir(runner), 'config.yaml')
  writeFileSync(file, config)
  const env = {
    WAGGLE_SEMI_SPACE_MIB: process.env['WAGGLE_SEMI_SPACE_MIB'] ?? '16',
    ...(values.profile !== undefined && profileEnv(values.profile)),
  }
  const [command, args, running]: [string, string[], RegExp] =
    runner === 'waggle'
      ? [builtWaggle(), ['run', '--config', file], /Running\./]
      : [await realCollector(), ['--config', file], /Everything is ready/]
  const program = await start(command, args, { graceMs: 20_000, env })
  await program.waitForOutput(running, { timeoutMs: 30_000 })
  return program
}

const profileEnv = (folder: string): Record<string, string> => ({
  NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}`,
})

/** How long what was taken may wait: a decision, the batch's timeout, and one more export. */
const SETTLE_MS = 2000

async function load(port: number, ...args: string[]): Promise<number> {
  const file = `${import.meta.dirname}/trace_load.ts`
  const loader = await start(process.execPath, [file, '--port', String(port), ...args])
  const { code } = await loader.exited
  if (code !== 0) throw new Error(`the load failed (${code}):\n${loader.output}`)
  return (JSON.parse(loader.stdout) as { spans: number }).spans
}

/** CPU nanoseconds of a span, user and system, until the process is idle again. */
async function costOfSpan(runner: Runner, measured: Case): Promise<number> {
  const sink = await CountingSink.start()
  const entry = await freePort()
  const program = await startMeasured(runner, configOf(measured, entry, sink.port))
  await load(entry, '--seconds', '2')
  await sleep(SETTLE_MS)
  const before = cpuSeconds(program.pid)
  const spans = await load(entry, '--seconds', values.seconds)
  await sleep(SETTLE_MS)
  const ns = ((cpuSeconds(program.pid) - before) * 1e9) / spans
  await program.stop()
  await sink.stop()
  process.stdout.write(`${runner}, ${measured.name}: ${ns.toFixed(0)} ns of CPU a span\n`)
  return ns
}

/** MiB that a process has more with something held than before. */
async function memoryOf(runner: Runner, { measured, spans, customers }: Held): Promise<number> {
  const sink = await CountingSink.start()
  const entry = await freePort()
  const program = await startMeasured(runner, configOf(measured, entry, sink.port))
  await load(entry, '--spans', String(spans), '--customers', String(customers), '--rate', '20000')
  await sleep(SETTLE_MS)
  const { now } = residentMib(program.pid)
  await program.stop()
  await sink.stop()
  process.stdout.write(`${runner}, ${measured.name}: ${now.toFixed(0)} MiB\n`)
  return now
}

type Costs = Record<Runner, number[]>

async function inTurn(
  measure: (runner: Runner) => Promise<number>,
  measured: Case,
): Promise<Costs> {
  const costs: Costs = { waggle: [], collector: [] }
  for (let i = 0; i < Number(values.rounds); i++) {
    for (const runner of i % 2 === 0 ? RUNNERS : RUNNERS.toReversed()) {
      if (isFor(runner, measured)) costs[runner].push(await measure(runner))
    }
  }
  return costs
}

const ns = (costs: readonly number[]): string => `${spreadText(costs, 0)} ns`

function figuresOf(measured: Case, costs: Costs, bare: Costs): Figure[] {
  const own = median(costs.waggle) - median(bare.waggle)
  const isBare = measured.type === undefined
  const hasOther = costs.collector.length > 0
  const theirs = hasOther ? median(costs.collector) - median(bare.collector) : 0
  const cost: Figure = {
    what: `${measured.name}: CPU of a span, whole pipeline`,
    value: ns(costs.waggle),
    ...(hasOther && { baseline: `Collector: ${ns(costs.collector)}` }),
  }
  const ownCost: Figure = {
    what: `… beyond what passing it through costs`,
    value: `${own.toFixed(0)} ns`,
    ...(hasOther && { baseline: `Collector: ${theirs.toFixed(0)} ns` }),
  }
  if (!hasOther) return [cost, ownCost]
  const ratios = costs.waggle.map((value, i) => (costs.collector[i] as number) / value)
  const ratio: Figure = {
    what: `… spans per CPU second, against the Collector`,
    value: spreadText(ratios, 2),
    bar: '0.7',
    goal: '1.0',
  }
  return isBare ? [cost, ratio] : [cost, ownCost, ratio]
}

const isThere = ({ type }: { readonly type?: string }): boolean =>
  type === undefined || components.some((component) => component.type === type)
const wanted = ({ name }: Case): boolean =>
  values.only === undefined || values.only.split(',').includes(name)

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(usage)
  const [first, ...others] = CASES as [Case, ...Case[]]
  const bare = await inTurn((runner) => costOfSpan(runner, first), first)
  warnOfNoise(bare.collector)
  const figures = figuresOf(first, bare, bare)
  for (const measured of others.filter(isThere).filter(wanted)) {
    const costs = await inTurn((runner) => costOfSpan(runner, measured), measured)
    figures.push(...figuresOf(measured, costs, bare))
  }
  if (!values['no-memory']) figures.push(...(await memoryFigures()))
  report('Processors and connectors: CPU of a span', figures, values.record)
}

async function memoryFigures(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const held of HELD.filter(isThere).filter(({ measured }) => wanted(measured))) {
    const { waggle, collector } = await inTurn((runner) => memoryOf(runner, held), held.measured)
    figures.push({
      what: `${held.what}: RSS, MiB`,
      value: spreadText(waggle, 0),
      baseline: `Collector: ${spreadText(collector, 0)}`,
    })
  }
  return figures
}

try {
  await main()
} finally {
  await endAll()
}
