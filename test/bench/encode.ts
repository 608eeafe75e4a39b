import { parseArgs } from 'node:util'
import { officialBytes } from '../../src/pdata/official_spans_for_tests.ts'
import { costOf } from './cost.ts'
import { inWorker } from './encode_in_worker.ts'
import { Ours, SPANS } from './encoding_work.ts'
import { median, report, spreadText } from './figures.ts'
import type { Figure } from './figures.ts'

const usage = `usage: npm run bench:encode -- [options]
  From records of the kernel to encoded OTLP, beside OpenTelemetry's own serializer from ready
  objects. Needs no rights and a quiet machine.

  --rounds N        rounds, ours and theirs in turn (9)
  --batches N       batches of 1000 records in ours (300); theirs has a tenth of them
  --connections N   connections that the exchanges are spread over (32)
  --worker          beside that, what it costs when a worker thread encodes
  --record          append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    batches: { type: 'string', default: '300' },
    connections: { type: 'string', default: '32' },
    worker: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function whole(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`expected a whole number above 0, received ${text}`)
  return Number(text)
}

function measure(): Figure[] {
  const batches = whole(values.batches)
  const ours = new Ours(whole(values.connections))
  ours.run()
  const spans = ours.official()
  const rounds = Array.from({ length: whole(values.rounds) + 1 }, () => ({
    us: costOf(batches, SPANS, () => ours.run()),
    them: costOf(Math.ceil(batches / 10), SPANS, () => void officialBytes(spans)),
  })).slice(1)
  const ns = (key: 'us' | 'them') => rounds.map((round) => round[key].ns)
  const bytes = (key: 'us' | 'them') => rounds.map((round) => round[key].bytes)
  const ratios = rounds.map(({ us, them }) => them.ns / us.ns)
  return [
    {
      what: 'records to OTLP: CPU of a span',
      value: `${spreadText(ns('us'), 0)} ns`,
      goal: '800 ns',
      baseline: `official serializer from ready objects: ${median(ns('them')).toFixed(0)} ns`,
    },
    {
      what: 'records to OTLP: bytes allocated for a span',
      value: spreadText(bytes('us'), 1),
      bar: '100',
      goal: '10',
      baseline: `official serializer: ${median(bytes('them')).toFixed(0)}`,
    },
    {
      what: 'OTLP encoding against the official JavaScript serializer',
      value: `${spreadText(ratios, 1)} ×`,
      bar: '3 ×',
      goal: '10 ×',
    },
    { what: 'bytes of an encoded span', value: (ours.encoded / SPANS).toFixed(0) },
  ]
}

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(usage)
  report('OTLP encoding', measure(), values.record)
  if (!values.worker) return
  const [rounds, batches, connections] = [values.rounds, values.batches, values.connections].map(
    whole,
  ) as [number, number, number]
  const figures = await inWorker(rounds, batches, connections)
  report('OTLP encoding in a worker thread', figures, values.record)
}

await main()
