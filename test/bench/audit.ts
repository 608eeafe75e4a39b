import { spawn } from 'node:child_process'
import { appendFileSync, closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { endAll } from '../kit/cleanup.ts'
import { tempDir } from '../kit/temp_dir.ts'
import { agentCost, type AgentCost } from './audit_agent.ts'
import { newestRecording, recordedDelivery, type RecordedDelivery } from './audit_events.ts'
import { writeAtPace } from './audit_pace.ts'
import { podDelivery, runPipeline, type PipelineCost, type PipelineTask } from './audit_pipeline.ts'
import { type Figure, report, spreadText } from './figures.ts'

const usage = `usage: npm run bench:audit -- [options]
  From the audit log of an API server to records and, where this build has the connector, to
  deliveries: what an event costs, what 1,000 pods a minute cost, and how late it is known. Events are
  made of a log that was recorded. Needs no rights, a quiet machine and a gigabyte of disk.

  --recorded FILE   the log of a Deployment that becomes ready (the newest healthy.jsonl of test/kubernetes)
  --events N        events of a log that is read at once (25000)
  --bytes N         how long an event is at least (8192)
  --rounds N        how often each is read (3)
  --seconds N       how long 1,000 pods a minute are created (60)
  --in-flight N     pods that are under way at the same time (10000)
  --record          append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    recorded: { type: 'string' },
    events: { type: 'string', default: '25000' },
    bytes: { type: 'string', default: '8192' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '60' },
    'in-flight': { type: 'string', default: '10000' },
    task: { type: 'string' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const PODS_PER_MINUTE = 1000
const [events, bytes, rounds, seconds, inFlight] = [
  Number(values.events),
  Number(values.bytes),
  Number(values.rounds),
  Number(values.seconds),
  Number(values['in-flight']),
]

/** The log that all is made of. */
const recordedFile = values.recorded ?? newestRecording()

/** What is behind the receiver, and what it is called. */
const PIPELINES = [
  { deliveries: false, name: 'receiver and selection' },
  ...(podDelivery ? [{ deliveries: true, name: 'to deliveries' }] : []),
]

/** Writes a log of so many events at least; returns how many there are, and their bytes. */
function writeLog(path: string, delivery: RecordedDelivery, least: number): Written {
  const out = openSync(path, 'w')
  const startMs = Date.now() - 60_000
  const written = { events: 0, bytes: 0 }
  for (let n = 0; written.events < least; n++) {
    for (const { text } of delivery.lines(n, startMs)) written.bytes += writeSync(out, text)
    written.events += delivery.events
  }
  closeSync(out)
  return written
}

interface Written {
  readonly events: number
  readonly bytes: number
}

/** Runs a task in a process of its own. `during` runs while it follows its file. */
async function measured(task: PipelineTask, during = async () => {}): Promise<PipelineCost> {
  const args = [
    '--max-semi-space-size=8',
    '--expose-gc',
    import.meta.filename,
    '--task',
    JSON.stringify(task),
  ]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  let last = ''
  const lines = createInterface({ input: child.stdout })
  const started = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      last = line
      if (line === 'started') resolve()
    })
  })
  const closed = new Promise<void>((resolve, reject) => {
    lines.once('close', resolve)
    child.once('error', reject)
  })
  await Promise.race([started, closed])
  await during()
  child.stdin.end()
  await closed
  if (!last.startsWith('{')) throw new Error('the process that was measured ended early')
  return JSON.parse(last) as PipelineCost
}

/** A log that is read at once: what an event costs. */
async function throughput(dir: string): Promise<Figure[]> {
  const path = join(dir, 'throughput.log')
  const delivery = recordedDelivery(recordedFile, { bytes })
  const written = writeLog(path, delivery, events)
  const mean = Math.round(written.bytes / written.events)
  const figures: Figure[] = []
  const variants = [
    ...PIPELINES.map((one) => ({ ...one, select: {} })),
    { deliveries: false, name: 'all dropped by selection', select: { resources: ['none'] } },
  ]
  for (const { name, deliveries, select } of variants) {
    const costs: PipelineCost[] = []
    for (let i = 0; i < rounds; i++) {
      costs.push(await measured({ path, deliveries, follow: false, select }))
    }
    const rates = costs.map(({ cpuMs }) => written.events / (cpuMs / 1000))
    const [first] = costs as [PipelineCost]
    figures.push({
      what: `audit events of ${mean} bytes, ${name}: events per CPU second`,
      value: spreadText(rates, 0),
      ...(name.startsWith('all') ? {} : { bar: '12000', goal: '30000' }),
      baseline: `${first.records} records, ${first.spans} spans, ${first.dropped} dropped`,
    })
    figures.push({
      what: '… MB per CPU second',
      value: spreadText(
        rates.map((rate) => (rate * mean) / 1e6),
        0,
      ),
      baseline: `${spreadText(
        costs.map(({ peakMib }) => peakMib),
        0,
      )} MiB resident at most`,
    })
  }
  return figures
}

/** A log that grows: what so many pods cost, and how late they are known. */
async function live(dir: string): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const { name, deliveries } of PIPELINES) {
    const path = join(dir, `live_${deliveries}.log`)
    const delivery = recordedDelivery(recordedFile, { bytes })
    appendFileSync(path, '')
    const task = { path, deliveries, follow: true, select: {} }
    const pace = { podsPerMinute: PODS_PER_MINUTE, seconds }
    const cost = await measured(task, async () => {
      await writeAtPace(path, delivery, pace)
      await sleep(3_000)
    })
    figures.push({
      what: `${PODS_PER_MINUTE} pods a minute, ${name}: share of a core`,
      value: `${((100 * cost.cpuMs) / cost.wallMs).toFixed(2)} %`,
      bar: '10 %',
      baseline: `${cost.records} records, ${cost.spans} spans in ${Math.round(cost.wallMs / 1000)} s`,
    })
    figures.push({
      what: '… from the writing of an event to its record, p95',
      value: `${percentile(cost.recordLags, 0.95)} ms`,
      bar: '2000 ms',
      baseline: `p50 ${percentile(cost.recordLags, 0.5)} ms`,
    })
    if (!deliveries) continue
    figures.push({
      what: '… from the end of a delivery to its spans, p95',
      value: `${percentile(cost.spanLags, 0.95)} ms`,
      bar: '2000 ms',
      baseline: `p50 ${percentile(cost.spanLags, 0.5)} ms`,
    })
  }
  return figures
}

/** What the same costs the agent as it is shipped. */
async function ofAgent(dir: string): Promise<Figure[]> {
  const path = join(dir, 'agent.log')
  const delivery = recordedDelivery(recordedFile, { bytes })
  const written = writeLog(path, delivery, 4 * events)
  const costs: AgentCost[] = []
  for (let i = 0; i < rounds; i++) costs.push(await agentCost(path, written.events))
  rmSync(path)
  const rates = costs.map(({ cpuMs }) => written.events / (cpuMs / 1000))
  const most = costs.map(({ peakMib }) => peakMib)
  return [
    {
      what: 'the agent with pipelines/delivery.yaml: events per CPU second',
      value: spreadText(rates, 0),
      bar: '12000',
      goal: '30000',
      baseline: `${written.events} events, ${spreadText(most, 0)} MiB resident at most`,
    },
  ]
}

/** Pods that are created and not ready yet: what the agent keeps of them. */
async function underWay(dir: string): Promise<Figure[]> {
  const path = join(dir, 'under_way.log')
  const empty = join(dir, 'empty.log')
  appendFileSync(empty, '')
  const delivery = recordedDelivery(recordedFile, { bytes: 0, unfinished: true })
  const written = writeLog(path, delivery, (inFlight / delivery.pods) * delivery.events)
  const none = await agentCost(empty, 0)
  const costs: AgentCost[] = []
  for (let i = 0; i < rounds; i++) costs.push(await agentCost(path, written.events))
  return [
    {
      what: `… resident with ${inFlight} pods under way, at most`,
      value: `${spreadText(
        costs.map(({ peakMib }) => peakMib),
        0,
      )} MiB`,
      bar: '250 MiB',
      baseline: `${none.peakMib.toFixed(0)} MiB with none; ${written.events} events`,
    },
  ]
}

function percentile(numbers: readonly number[], share: number): string {
  if (numbers.length === 0) return '-'
  const sorted = numbers.toSorted((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number).toFixed(
    0,
  )
}

async function measure(): Promise<Figure[]> {
  const dir = tempDir('bench_audit')
  return [
    ...(await throughput(dir)),
    ...(await live(dir)),
    ...(await ofAgent(dir)),
    ...(await underWay(dir)),
  ]
}

async function runTask(task: PipelineTask): Promise<void> {
  const ended = new Promise<void>((resolve) => process.stdin.resume().once('end', resolve))
  const cost = await runPipeline(task, () => process.stdout.write('started\n'), ended)
  process.stdout.write(`${JSON.stringify(cost)}\n`)
}

if (values.help) process.stdout.write(usage)
else if (values.task !== undefined) await runTask(JSON.parse(values.task) as PipelineTask)
else {
  try {
    report('Audit events', await measure(), values.record)
  } finally {
    await endAll()
  }
}
