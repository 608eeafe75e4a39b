import { parseArgs } from 'node:util'
import { HttpSpans } from '../../processors/protocol_inference/http_spans.ts'
import { HttpExchangeView } from '../../processors/protocol_inference/http_view.ts'
import { observationsOf } from '../../processors/protocol_inference/observations_for_tests.ts'
import { samplerConfig } from '../../processors/sampler/config.ts'
import { Sampling } from '../../processors/sampler/sampling.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { costOf } from './cost.ts'
import { report, spreadText } from './figures.ts'
import type { Figure } from './figures.ts'

const usage = `usage: node test/bench/sampler.ts [options]
  What deciding about a span costs, for spans that are views over records of the kernel. Needs no
  rights and a quiet machine.

  --rounds N    rounds of each (9)
  --batches N   batches of 1000 spans in a round (1000)
  --record      append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    batches: { type: 'string', default: '1000' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const SPANS = 1000
const HEAD =
  'GET /api/v1/orders/8f14e45f HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: bench/1.0\r\n' +
  'Accept: application/json\r\n'
const TRACEPARENT = 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n'
const BROWSER =
  'GET /api/v1/orders/8f14e45f HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: Mozilla/5.0 ' +
  '(X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36\r\n' +
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp\r\n' +
  'Accept-Language: en-US,en;q=0.9\r\nAccept-Encoding: gzip, deflate, br\r\nCookie: session=' +
  `${'8f14e45fceea167a5a36dedd4bea2543'.repeat(5)}\r\n`

/** A batch of views, one in fifty an error. */
function batchOf(head: string): Traces {
  const records = observationsOf(
    Array.from({ length: SPANS }, (_, i) => ({
      status: i % 50 === 0 ? 503 : 200,
      requestSeq: i * 190,
      responseSeq: i * 400,
      head: `${head}\r\n`,
    })),
  )
  const rows = Uint32Array.from({ length: SPANS }, (_, i) => i)
  const spans = new HttpSpans(new HttpExchangeView(), records, rows, 0, SPANS)
  const resource = new Resource({ 'service.name': 'bench' })
  return new Traces([{ resource, scope: { name: 'bench', version: '' }, spans }], new Delivery())
}

/** Has every head read, as counting the requests does before they are sampled. */
function read(batch: Traces): Traces {
  for (const { spans } of batch.groups) {
    for (let i = 0; i < spans.length; i++) spans.attribute(i, 'http.request.method')
  }
  return batch
}

function measure(): Figure[] {
  const batches = Number(values.batches)
  const config = samplerConfig.parse({ sampling_percentage: 10, latency_threshold: '1s' })
  const sampling = new Sampling(config, undefined)
  const cases: [string, Traces][] = [
    [`head of ${HEAD.length + 2} bytes`, batchOf(HEAD)],
    ['the same with traceparent', batchOf(HEAD + TRACEPARENT)],
    [`head of ${BROWSER.length + 2} bytes`, batchOf(BROWSER)],
    ['… that was read before', read(batchOf(BROWSER))],
    ['the one with traceparent, read before', read(batchOf(HEAD + TRACEPARENT))],
  ]
  const rounds = Array.from({ length: Number(values.rounds) + 1 }, () =>
    cases.map(([, batch]) => costOf(batches, SPANS, () => void sampling.sample(batch))),
  ).slice(1)
  return cases.flatMap(([name], i) => [
    {
      what: `sampler, 10 % kept: CPU of a span, ${name}`,
      value: `${spreadText(
        rounds.map((round) => round[i]!.ns),
        1,
      )} ns`,
      goal: '100 ns',
    },
    {
      what: '… bytes allocated for a span',
      value: spreadText(
        rounds.map((round) => round[i]!.bytes),
        2,
      ),
      goal: '1',
    },
  ])
}

if (values.help) process.stdout.write(usage)
else report('Sampler', measure(), values.record)
