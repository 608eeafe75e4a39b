import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Delivery } from '../../src/pdata/delivery.ts'
import { LogArray } from '../../src/pdata/log_array.ts'
import { type LogRecord, Logs } from '../../src/pdata/logs.ts'
import { exporterWith, nginx, START_MS } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers({ now: START_MS }))
afterEach(() => void vi.useRealTimers())

const NS = 1_000_000n

function record(given: Partial<LogRecord> = {}): LogRecord {
  return {
    timeNs: BigInt(START_MS) * NS,
    observedNs: BigInt(START_MS) * NS + NS,
    severity: 17,
    severityText: 'ERR',
    body: 'cannot reach the bank',
    attributes: {},
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
    ...given,
  }
}

function logsOf(...records: readonly LogRecord[]): Logs {
  const scope = { name: 'app', version: '1' }
  return new Logs([{ resource: nginx, scope, logs: new LogArray(records) }], new Delivery())
}

describe('logs, normal', () => {
  it('are a line for each record: time, service, level and text', async () => {
    const { exporter, stream, counters } = exporterWith()
    await exporter.export(
      logsOf(
        record(),
        record({ timeNs: 0n, severity: 9, body: { a: 1, b: ['x'] } }),
        record({ severity: 0, severityText: 'NOTICE', body: null, eventName: 'app.start' }),
        record({ severity: 0, severityText: '', body: 'two\nlines\x1b' }),
      ),
    )
    expect(stream.take()).toEqual([
      '14:03:22.123  web       error  cannot reach the bank',
      '14:03:22.124  web       info   {a: 1, b: ["x"]}',
      '14:03:22.123  web       NOTI…  app.start',
      '14:03:22.123  web       -      two\\nlines\\x1b',
    ])
    expect([counters.in, counters.out]).toEqual([4, 4])
  })

  it('are cut to the width of the line', async () => {
    const { exporter, stream } = exporterWith()
    stream.columns = 80
    await exporter.export(logsOf(record({ body: 'x'.repeat(200) })))
    expect(stream.take()).toEqual([`14:03:22.123  web       error  ${'x'.repeat(48)}…`])
  })

  it('beyond the limit are counted', async () => {
    const { exporter, stream } = exporterWith({ max_lines_per_second: 1 })
    await exporter.export(logsOf(record(), record(), record()))
    vi.advanceTimersByTime(1_000)
    expect(stream.take()).toEqual([
      '14:03:22.123  web       error  cannot reach the bank',
      '… 2 more in this second',
    ])
  })
})

it('logs, basic, are a line for each batch', async () => {
  const { exporter, stream } = exporterWith({ verbosity: 'basic' })
  await exporter.export(logsOf(record(), record()))
  expect(stream.take()).toEqual(['14:03:22.123 info  [debug] Logs. resource_logs=1 log_records=2'])
})

it('logs, detailed, are a block with every field', async () => {
  const { exporter, stream } = exporterWith({ verbosity: 'detailed' })
  const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
  await exporter.export(
    logsOf(record({ ...ids, flags: 1, eventName: 'app.fail', attributes: { code: 7 } })),
  )
  const utc = new Date(START_MS).toISOString().slice(0, -1)
  const lines = stream.take()
  expect(lines.slice(0, 12)).toEqual([
    'Log record app.fail',
    `    time            ${utc}000000Z`,
    `    observed        ${utc.slice(0, -1)}4000000Z`,
    '    severity        17 error',
    '    severity text   ERR',
    '    body            "cannot reach the bank"',
    '    trace id        0af7651916cd43dd8448eb211c80319c',
    '    span id         b7ad6b7169203331',
    '    flags           1',
    '    attributes',
    '        code: 7',
    '    resource',
  ])
  expect(lines.at(-1)).toBe('    scope           app 1')
})
