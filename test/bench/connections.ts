import { parseArgs } from 'node:util'
import { spreadText, warnOfNoise } from './figures.ts'
import type { Figure } from './figures.ts'
import { type Counted, NetworkAgent } from './network_agent.ts'
import { runBenchmark, whole } from './run_benchmark.ts'
import { type Connections, SERVICE, ShortConnections } from './short_connections.ts'

const usage = `usage: npm run bench:connections -- [options]
  Short connections between two network namespaces, without and with the agent running
  pipelines/network.yaml in turn: how many of them come about, and whether the agent has counted all.
  Needs root, two CPUs and a quiet machine.

  --rounds N     rounds, bare and with the agent in turn (5)
  --seconds N    seconds of one half of a round (5)
  --rate N       connections per second that are begun (20000); 0: as many as one client can
  --record       append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '20000' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

interface Half extends Connections {
  readonly counted: Counted
  readonly lost: string
}

const perSecond = ({ opened, seconds }: Connections): number => opened / seconds

async function withAgent(load: () => Promise<Connections>): Promise<Half> {
  const agent = await NetworkAgent.start()
  const { opened, failed, seconds } = await load()
  const all = { client: opened, server: opened, closed: 2 * opened }
  const counted = await agent.countedAtLeast(SERVICE, all)
  const { lost } = await agent.stop()
  process.stdout.write(`  ${opened} opened, counted: ${JSON.stringify(counted)}\n`)
  return { opened, failed, seconds, counted, lost }
}

async function measure(): Promise<Figure[]> {
  const rate = whole(values.rate, 0)
  const target = await ShortConnections.start()
  const load = (): Promise<Connections> => target.load(whole(values.seconds), rate)
  await target.load(1, rate)
  const bares: Connections[] = []
  const halves: Half[] = []
  for (let round = 0; round < whole(values.rounds); round++) {
    let bare = round % 2 === 1 ? undefined : await load()
    const half = await withAgent(load)
    bare ??= await load()
    bares.push(bare)
    halves.push(half)
    const rates = [bare, half].map((one) => perSecond(one).toFixed(0))
    const ratio = (perSecond(half) / perSecond(bare)).toFixed(3)
    process.stdout.write(`round ${round + 1}: bare ${rates[0]}/s, ${rates[1]}/s, ratio ${ratio}\n`)
  }
  warnOfNoise(bares.map(perSecond))
  return figures(bares, halves, rate)
}

function figures(bares: Connections[], halves: Half[], rate: number): Figure[] {
  const ratios = halves.map((half, i) => perSecond(half) / perSecond(bares[i] as Connections))
  const sum = (of: (half: Half) => number): number =>
    halves.reduce((total, half) => total + of(half), 0)
  const opened = sum((half) => half.opened)
  const text = (of: keyof Counted): string => String(sum(({ counted }) => counted[of]))
  return [
    {
      what: 'connections: throughput ratio, pipelines/network.yaml',
      value: spreadText(ratios),
      bar: '0.93',
      baseline: `bare, ${spreadText(bares.map(perSecond), 0)} connections/s, ${rate || 'no'} asked`,
    },
    { what: '… opened, as clients', value: text('client'), baseline: `${opened} by the load` },
    { what: '… opened, as servers', value: text('server'), baseline: `${opened} by the load` },
    { what: '… closed, both ends', value: text('closed'), baseline: `${2 * opened} by the load` },
    { what: '… failed', value: `${sum((half) => half.failed)}` },
    {
      what: '… lost, as the agent counts them',
      value: [...new Set(halves.map(({ lost }) => lost))].join('; '),
      bar: '0',
    },
  ]
}

const title = `Connections, ${values.rate} a second begun`
if (values.help) process.stdout.write(usage)
else await runBenchmark(title, measure, values.record)
