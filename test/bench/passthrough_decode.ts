import { parseArgs } from 'node:util'
import { Delivery } from '../../src/pdata/delivery.ts'
import { mergeBatches } from '../../src/pdata/merge_batches.ts'
import { encodeBatch, requestsOf } from '../../src/pdata/otlp_encode.ts'
import { checkItems, readRequest, requestFromJson } from '../../src/pdata/otlp_request.ts'
import { batchToJson } from '../../src/pdata/otlp_to_json.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { encodeRequest, requestType } from '../kit/otlp.ts'
import { costOf } from './cost.ts'
import { median, report, spreadText } from './figures.ts'
import type { Figure } from './figures.ts'

const usage = `usage: scripts/node test/bench/passthrough_decode.ts [options]
  What a received request of 10,000 spans with 12 attributes each costs the main thread: handed on as
  it came, looked at, changed, merged, split. Needs no rights and a quiet machine; takes 20 s.

  --rounds N   rounds of everything (7)
  --record     append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const SPANS = 10_000
const ATTRIBUTES = 12
const SENDERS = 100
const MIB = 1024 * 1024

function attributes(i: number) {
  return Array.from({ length: ATTRIBUTES }, (_, n) => {
    const value = n % 6 === 0 ? { intValue: BigInt(i) } : { stringValue: `value ${n} of span ${i}` }
    return { key: `some.attribute.${n}`, value }
  })
}

function requestOf(spans: number): Buffer {
  const start = 1_790_000_000_000_000_000n
  const list = Array.from({ length: spans }, (_, i) => ({
    traceId: i.toString(16).padStart(32, '1'),
    spanId: i.toString(16).padStart(16, '2'),
    name: 'GET /orders',
    kind: 2,
    startTimeUnixNano: start + BigInt(i),
    endTimeUnixNano: start + BigInt(i) + 1_000_000n,
    attributes: attributes(i),
    flags: 1,
  }))
  const scopeSpans = [{ scope: { name: 'bench', version: '1' }, spans: list }]
  const resource = { attributes: attributes(0) }
  return encodeRequest('traces', { resourceSpans: [{ resource, scopeSpans }] })
}

const body = requestOf(SPANS)
const small = requestOf(SPANS / SENDERS)
const out = new ProtoWriter(16 * MIB)
const official = requestType('traces')
const read = (bytes: Buffer = body) => readRequest('traces', bytes, new Delivery())

function encode(batch: Traces): void {
  out.reset()
  encodeBatch(batch, out)
}

/** What an exporter of metrics asks of each span. */
function look(): void {
  for (const { spans } of read().groups) {
    for (let i = 0; i < spans.length; i++) {
      void [
        spans.kind(i),
        spans.status(i),
        spans.durationNs(i),
        spans.attribute(i, 'some.attribute.9'),
      ]
    }
  }
}

function withOtherResource(): void {
  const { groups, delivery } = read()
  const moved = groups.map((group) => {
    return { ...group, resource: group.resource.with({ 'k8s.pod.name': 'orders-1' }) }
  })
  encode(new Traces(moved, delivery))
}

function mergeAndEncode(): void {
  encode(mergeBatches(Array.from({ length: SENDERS }, () => read(small))))
}

const json = Buffer.from(JSON.stringify(batchToJson(read())))

/** Each with how often it is done in a round. */
const WORK: readonly (readonly [what: string, times: number, run: () => void])[] = [
  [
    'read and handed on as it came',
    100,
    () => void requestsOf(read(), { maxBytes: 64 * MIB }, out),
  ],
  ['split at 1 MiB', 5, () => void requestsOf(read(), { maxBytes: MIB }, out)],
  ['its resource changed, encoded', 10, withOtherResource],
  [`merged from ${SENDERS} requests, encoded`, 10, mergeAndEncode],
  ['every field checked', 5, () => void checkItems(read())],
  ['kind, status, duration and one attribute of each span', 5, look],
  ['decoded whole by the official schema and protobufjs', 1, () => void official.decode(body)],
  ['to JSON', 1, () => void JSON.stringify(batchToJson(read()))],
  ['from JSON', 1, () => void requestFromJson('traces', json)],
]

function measure(): Figure[] {
  const rounds = Number(values.rounds)
  return WORK.map(([what, times, run]) => {
    run()
    const costs = Array.from({ length: rounds }, () => costOf(times, 1, run))
    const ms = costs.map(({ ns }) => ns / 1e6)
    const bytes = median(costs.map((cost) => cost.bytes))
    return {
      what: `a request of ${SPANS} spans: ${what}`,
      value: `${spreadText(ms, 2)} ms, ${(bytes / 1024).toFixed(0)} KiB allocated`,
    }
  })
}

if (values.help) process.stdout.write(usage)
else report('received OTLP', measure(), values.record)
