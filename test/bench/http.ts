import { parseArgs } from 'node:util'
import { endAll } from '../kit/cleanup.ts'
import { report } from './figures.ts'
import { kernelTax } from './kernel_tax.ts'
import { saturation } from './saturation.ts'
import { starting } from './start.ts'
import { wholeAgent } from './whole_agent.ts'
import type { Pipeline } from './agent_process.ts'

const usage = `usage: npm run bench:http -- [tax] [agent] [full] [start] [options]
  tax     throughput of nginx with the programs attached and nobody decoding, with and without
          queue_time, against bare
  agent   the whole agent at a fixed rate of requests: CPU, memory, losses
  full    throughput of nginx and its load with the whole agent beside them, nothing pinned
  start   from the start of the process to the first span at a backend
          tax and agent unless one is named. Needs root, two CPUs and a quiet machine.

  --rounds N        rounds, bare and with the agent in turn (tax 7, agent 3)
  --seconds N       seconds of one half of a round (tax 4, agent 20)
  --connections N   connections of the load (32)
  --rate N          agent: requests per second (20000)
  --pipeline NAME   agent: node, what pipelines/node.yaml does (the default); spans, every span sent
                    uncompressed; encode, every span encoded and none sent
  --allocations     agent: count bytes allocated on the main thread's heap
  --profile FILE    agent: write a CPU profile of the main thread (FILE.cpuprofile opens in DevTools)
  --keep-log        agent: print what the agent wrote
  --record          append the table to test/bench/RESULTS.md
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    connections: { type: 'string', default: '32' },
    rate: { type: 'string', default: '20000' },
    pipeline: { type: 'string', default: 'node' },
    allocations: { type: 'boolean', default: false },
    profile: { type: 'string' },
    'keep-log': { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

async function tax(): Promise<void> {
  const figures = await kernelTax({
    rounds: whole(values.rounds ?? '7'),
    seconds: whole(values.seconds ?? '4'),
    connections: whole(values.connections),
  })
  report('Kernel tax', figures, values.record)
}

async function agent(): Promise<void> {
  const figures = await wholeAgent({
    rounds: whole(values.rounds ?? '3'),
    seconds: whole(values.seconds ?? '20'),
    connections: whole(values.connections),
    rate: whole(values.rate),
    pipeline: pipelineOf(values.pipeline),
    allocations: values.allocations,
    profile: values.profile,
    keepLog: values['keep-log'],
  })
  const title = `Whole agent at ${values.rate} requests/s, ${TITLES[pipelineOf(values.pipeline)]}`
  report(title, figures, values.record)
}

async function full(): Promise<void> {
  const figures = await saturation({
    rounds: whole(values.rounds ?? '7'),
    seconds: whole(values.seconds ?? '6'),
    connections: whole(values.connections),
  })
  report('Whole agent at saturation', figures, values.record)
}

async function start(): Promise<void> {
  report('Start', await starting(whole(values.rounds ?? '7')), values.record)
}

const TITLES: Readonly<Record<Exclude<Pipeline, 'network'>, string>> = {
  node: 'pipelines/node.yaml',
  spans: 'every span sent',
  encode: 'every span encoded, none sent',
}

function pipelineOf(name: string): keyof typeof TITLES {
  if (!(name in TITLES)) throw new Error(`expected node, spans or encode, received ${name}`)
  return name as keyof typeof TITLES
}

function whole(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`expected a whole number above 0, received ${text}`)
  return Number(text)
}

const forms = { tax, agent, full, start }
const USUAL = ['tax', 'agent']

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(usage)
  const chosen = positionals.length > 0 ? positionals : USUAL
  const unknown = chosen.find((name) => !(name in forms))
  if (unknown) throw new Error(`unknown form "${unknown}"\n${usage}`)
  if (process.getuid?.() !== 0) throw new Error('attaching programs needs root')
  for (const name of chosen) {
    await forms[name as keyof typeof forms]()
    await endAll()
  }
}

// Whatever ends this process, what it started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void endAll().finally(() => process.exit(1)))
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  await endAll()
}
