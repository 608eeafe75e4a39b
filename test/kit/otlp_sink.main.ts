import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { logs, points, spans } from './otlp.ts'
import { startOtlpSink, type OtlpSink, type Received } from './otlp_sink.ts'

// A sink as a process of its own. Its first line of output is {"port": N}; then comes one line for
// each span, data point or log record, or with --count one line of totals a second while they grow.

const usage = `usage: node test/kit/otlp_sink.main.ts [--port N] [--host ADDRESS] [--security plain|tls|mtls] [--count]
  --port       the port to listen on; a free one if not given
  --host       the address to listen on; 127.0.0.1 if not given
  --security   tls and mtls make their own certificates and print the files
  --count      count only: print totals, decode nothing
`

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    security: { type: 'string', default: 'plain' },
    count: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else await main()

async function main(): Promise<void> {
  const sink = await startOtlpSink({
    host: values.host,
    port: Number(values.port),
    security: values.security as 'plain' | 'tls' | 'mtls',
    countOnly: values.count,
    maxReceiveBytes: 64 * 1024 * 1024,
    onRequest: values.count ? () => {} : printItems,
  })
  print({ port: sink.port, ...certificateFiles(sink) })
  if (values.count) countEverySecond(sink)
  const end = () => void stop(sink)
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
}

function certificateFiles({ certificates }: OtlpSink): object {
  if (!certificates) return {}
  const { caFile, client } = certificates
  return { caFile, clientCertFile: client.certFile, clientKeyFile: client.keyFile }
}

function printItems({ signal, bytes, request, problem }: Received): void {
  if (problem) return print({ problem: problem.message, bytes: bytes.toString('base64') })
  const views = { traces: spans, metrics: points, logs }[signal] as (
    given: unknown,
  ) => readonly object[]
  for (const view of views(request)) print({ signal, ...view })
}

function countEverySecond(sink: OtlpSink): void {
  let last = ''
  setInterval(() => {
    const totals = JSON.stringify(sink.tallies)
    if (totals !== last) print(sink.tallies)
    last = totals
  }, 1_000)
}

async function stop(sink: OtlpSink): Promise<void> {
  if (values.count) print(sink.tallies)
  await sink.stop()
  process.exit(0)
}

function print(value: object): void {
  const asText = (_: string, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member
  writeFileSync(1, `${JSON.stringify(value, asText)}\n`)
}
