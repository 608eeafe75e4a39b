import { parseArgs } from 'node:util'
import { unpack } from '../kit/debian.ts'
import { eventually } from '../kit/eventually.ts'
import { twoHosts } from '../kit/hosts.ts'
import { spreadText, warnOfNoise } from './figures.ts'
import type { Figure } from './figures.ts'
import { NetworkAgent } from './network_agent.ts'
import { runBenchmark, whole } from './run_benchmark.ts'
import { LOAD_CPU, SERVER_CPU } from './target.ts'

const usage = `usage: npm run bench:iperf3 -- [options]
  One stream of TCP between two network namespaces over a veth pair, without and with the agent
  running pipelines/network.yaml in turn. Needs root, two CPUs and a quiet machine.

  --rounds N     rounds, bare and with the agent in turn (7)
  --seconds N    seconds of one half of a round (5)
  --record       append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '5' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const PORT = '5900'

interface Report {
  readonly end: { readonly sum_received: { readonly bits_per_second: number } }
}

/** Gigabits per second that arrive, with one stream. */
async function stream(): Promise<() => Promise<number>> {
  const { env, program } = await unpack('iperf3')
  const iperf3 = program('iperf3')
  const [one, two] = await twoHosts()
  await two.start(iperf3, ['-s', '-p', PORT], { env, cpus: String(SERVER_CPU) })
  const args = ['-c', two.ipv4, '-p', PORT, '-t', values.seconds, '-J']
  const options = { env, cpus: String(LOAD_CPU) }
  return async () => {
    const { stdout } = await eventually(() => one.run(iperf3, args, options))
    return (JSON.parse(stdout) as Report).end.sum_received.bits_per_second / 1e9
  }
}

async function withAgent(load: () => Promise<number>, losses: string[]): Promise<number> {
  const agent = await NetworkAgent.start()
  const rate = await load()
  losses.push((await agent.stop()).lost)
  return rate
}

async function measure(): Promise<Figure[]> {
  whole(values.seconds)
  const load = await stream()
  await load()
  const [bares, ratios, losses]: [number[], number[], string[]] = [[], [], []]
  for (let round = 0; round < whole(values.rounds); round++) {
    let bare = round % 2 === 1 ? undefined : await load()
    const attached = await withAgent(load, losses)
    bare ??= await load()
    bares.push(bare)
    ratios.push(attached / bare)
    process.stdout.write(
      `round ${round + 1}: bare ${bare.toFixed(2)}, with the agent ${attached.toFixed(2)} Gbit/s, ` +
        `ratio ${(attached / bare).toFixed(3)}\n`,
    )
  }
  warnOfNoise(bares)
  return [
    {
      what: 'iperf3 over a veth pair, one stream: throughput ratio, pipelines/network.yaml',
      value: spreadText(ratios),
      bar: '0.97',
      goal: '0.99',
      baseline: `bare, ${spreadText(bares, 1)} Gbit/s`,
    },
    {
      what: '… lost, as the agent counts them',
      value: [...new Set(losses)].join('; '),
      bar: '0',
    },
  ]
}

if (values.help) process.stdout.write(usage)
else await runBenchmark('iperf3', measure, values.record)
