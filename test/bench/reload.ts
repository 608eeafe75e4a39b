import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { endAll } from '../kit/cleanup.ts'
import { eventually } from '../kit/eventually.ts'
import { freePort, start, type Program } from '../kit/processes.ts'
import { tempDir } from '../kit/temp_dir.ts'
import { CountingSink } from './agent_process.ts'
import { builtWaggle } from './built.ts'
import { report, spreadText, type Figure } from './figures.ts'

const usage = `usage: npm run bench:reload -- [options]
  How long it takes from SIGHUP until the agent runs by its new configuration, while it passes OTLP
  through at a fixed rate, and what is lost by that.

  --rounds N   reloads of each sort (10)
  --rate N     spans per second (10000)
  --record     append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '10000' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** What a configuration differs in from the one before. */
const SORTS = ['a changed exporter', 'a changed processor', 'nothing changed'] as const
type Sort = (typeof SORTS)[number]

/** From one reload to the next, in milliseconds: the load goes on in between. */
const PAUSE_MS = 300

/** How often each sort has been made: what changes goes by it. */
type Made = Record<Sort, number>

const config = (entry: number, sink: number, made: Made): string => `
receivers: { otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${entry} } } } }
processors:
  memory_limiter: { check_interval: 1s, limit_mib: 1000, spike_limit_mib: 200 }
  batch: { timeout: ${100 + made['a changed processor']}ms }
exporters:
  otlp_grpc:
    endpoint: 127.0.0.1:${sink}
    timeout: ${5000 + made['a changed exporter']}ms
    tls: { insecure: true }
service:
  telemetry:
    metrics: { level: none }
    # Every line counts here, also when they repeat.
    logs: { encoding: json, sampling: { enabled: false } }
  pipelines:
    traces: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp_grpc] }
`

/** When the agent said that it had reloaded, each time, in milliseconds since 1970. */
function reloads({ stderr }: Program): number[] {
  const lines = stderr.split('\n').filter((line) => line.includes('"Configuration reloaded."'))
  return lines.map((line) => Date.parse((JSON.parse(line) as { time: string }).time))
}

/** Has it reload once; how long that took, in milliseconds. */
async function reload(agent: Program): Promise<number> {
  const before = reloads(agent).length
  const asked = Date.now()
  agent.signal('SIGHUP')
  const done = await eventually(() => {
    const at = reloads(agent)[before]
    if (at === undefined) throw new Error('the agent has not reloaded')
    return at
  })
  return done - asked
}

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(usage)
  const rounds = Number(values.rounds)
  const sink = await CountingSink.start()
  const entry = await freePort()
  const file = join(tempDir('reload'), 'config.yaml')
  const made: Made = { 'a changed exporter': 0, 'a changed processor': 0, 'nothing changed': 0 }
  const write = (): void => writeFileSync(file, config(entry, sink.port, made))
  write()
  const agent = await start(builtWaggle(), ['run', '--config', file, '--no-watch-config'])
  await agent.waitForOutput(/Running\./, { timeoutMs: 30_000 })
  const seconds = Math.ceil((rounds * SORTS.length * (PAUSE_MS + 100)) / 1000) + 2
  const loader = await startLoad(entry, seconds)
  const took = new Map<Sort, number[]>(SORTS.map((sort) => [sort, []]))
  for (let i = 0; i < rounds * SORTS.length; i++) {
    const sort = SORTS[i % SORTS.length] as Sort
    await sleep(PAUSE_MS)
    made[sort]++
    write()
    took.get(sort)!.push(await reload(agent))
  }
  if (loader.exit) throw new Error('the load ended before the reloads did')
  await loader.exited
  await agent.stop()
  const { spans, refused } = JSON.parse(loader.stdout) as { spans: number; refused: number }
  const lost = spans - (await sink.stop())
  report(
    `Reload at ${values.rate} spans/s`,
    figuresOf(took, { spans, refused, lost }),
    values.record,
  )
}

function startLoad(port: number, seconds: number): Promise<Program> {
  const places = ['--port', String(port), '--seconds', String(seconds), '--rate', values.rate]
  return start(process.execPath, [`${import.meta.dirname}/otlp_load.ts`, ...places])
}

interface Totals {
  readonly spans: number
  readonly refused: number
  readonly lost: number
}

function figuresOf(took: ReadonlyMap<Sort, number[]>, { spans, refused, lost }: Totals): Figure[] {
  const times = [...took].map(([sort, ms]) => ({
    what: `from SIGHUP to running, ms: ${sort}`,
    value: spreadText(ms, 0),
  }))
  return [
    ...times,
    { what: 'spans taken', value: String(spans) },
    { what: 'spans refused', value: String(refused), bar: '0' },
    { what: 'spans taken and lost', value: String(lost), bar: '0' },
  ]
}

try {
  await main()
} finally {
  await endAll()
}
