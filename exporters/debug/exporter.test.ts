import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { SpanKind } from '../../src/pdata/traces.ts'
import { START_MS, batchOf, exporterWith, span } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers({ now: START_MS }))
afterEach(() => void vi.useRealTimers())

const many = (count: number) => Array.from({ length: count }, () => span())
const withAttributes = (attributes: Attributes, kind: SpanKind = 2, name = 'GET') =>
  span({ kind, name, attributes: { ...span().attributes, ...attributes } })

describe('normal', () => {
  it('prints a line for each span, client left and server right on both sides', async () => {
    const { exporter, stream } = exporterWith()
    const ports = { 'network.peer.port': 8080, 'network.local.port': 41234 }
    await exporter.export(batchOf([span(), withAttributes(ports, 3)]))
    expect(stream.take()).toEqual([
      '14:03:22.123  127.0.0.1:41234 → 127.0.0.1:8080  server  nginx[812]  GET  /items/42                          200  1.23 ms',
      '14:03:22.123  127.0.0.1:41234 → 127.0.0.1:8080  client  nginx[812]  GET  /items/42                          200  1.23 ms',
    ])
  })

  it('widens columns for what comes, and takes names where the socket is unknown', async () => {
    const { exporter, stream } = exporterWith()
    const named = span({
      kind: 3,
      attributes: {
        'http.request.method': 'OPTIONS',
        'url.full': 'https://shop.example:8443/cart?card=4111',
        'error.type': 'connection_reset',
        'network.local.address': 'fd00::17',
        'network.local.port': 50123,
        'server.address': 'shop.example',
        'server.port': 8443,
      },
      status: { code: 2, message: '' },
      endNs: span().startNs + 12_300_000_000n,
    })
    await exporter.export(batchOf([named, span()]))
    expect(stream.take()).toEqual([
      '14:03:22.123  [fd00::17]:50123 → shop.example:8443  client  nginx[812]  OPTIONS /cart             connection_reset   12.3 s',
      '14:03:22.123  127.0.0.1:41234  → 127.0.0.1:8080     server  nginx[812]  GET     /items/42         200               1.23 ms',
    ])
  })

  it('prints spans that are not about HTTP with their name and own status', async () => {
    const { exporter, stream } = exporterWith()
    const bare = { attributes: {}, endNs: span().startNs + 42_000n }
    const failed = { code: 2, message: 'deadlock' } as const
    await exporter.export(
      batchOf(
        [
          span({ ...bare, kind: 1, name: 'compact segments' }),
          span({ ...bare, kind: 5, name: 'orders process', status: failed }),
        ],
        new Resource({ 'service.name': 'ledger' }),
      ),
    )
    expect(stream.take()).toEqual([
      '14:03:22.123                         internal  ledger    compact segments                                   -    42.0 µs',
      '14:03:22.123                         consumer  ledger    orders process                                   error  42.0 µs',
    ])
  })

  it('cuts paths to the width of the line', async () => {
    const { exporter, stream } = exporterWith()
    await exporter.export(batchOf([withAttributes({ 'url.path': `/${'x'.repeat(100_000)}` })]))
    stream.columns = 130
    await exporter.export(batchOf([withAttributes({ 'url.path': `/${'y'.repeat(100_000)}` })]))
    expect(stream.take()).toEqual([
      `14:03:22.123  127.0.0.1:41234 → 127.0.0.1:8080  server  nginx[812]  GET  /${'x'.repeat(31)}…  200  1.23 ms`,
      `14:03:22.123  127.0.0.1:41234 → 127.0.0.1:8080  server  nginx[812]  GET  /${'y'.repeat(41)}…  200  1.23 ms`,
    ])
  })

  it('lets no text control the terminal', async () => {
    const { exporter, stream } = exporterWith()
    const hostile = '\x1b]0;x\x07\r\n\u202e\x9b2J'
    const attributes = Object.fromEntries(
      Object.keys(span().attributes).map((key) => [key, hostile]),
    )
    const resource = new Resource({ 'process.executable.name': hostile, 'process.pid': hostile })
    await exporter.export(
      batchOf([span({ attributes }), span({ attributes: {}, name: hostile })], resource),
    )
    expect(stream.text).not.toMatch(/[^\P{C}\n]/u)
    expect(stream.take()).toHaveLength(2)
  })
})

describe('the limit', () => {
  it('prints so many lines a second and tells how many more there were', async () => {
    const { exporter, stream } = exporterWith({ max_lines_per_second: 3 })
    await exporter.export(batchOf(many(1_000)))
    vi.advanceTimersByTime(500)
    await exporter.export(batchOf(many(237)))
    expect(stream.take()).toHaveLength(3)
    vi.advanceTimersByTime(500)
    expect(stream.take()).toEqual(['… 1,234 more in this second'])
    await exporter.export(batchOf(many(3)))
    expect(stream.take()).toHaveLength(3)
    vi.advanceTimersByTime(10_000)
    expect(stream.take()).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('begins a second with the first line after a quiet one', async () => {
    const { exporter, stream } = exporterWith({ max_lines_per_second: 1 })
    await exporter.export(batchOf(many(1)))
    vi.advanceTimersByTime(2_700)
    await exporter.export(batchOf(many(2)))
    vi.advanceTimersByTime(999)
    expect(stream.take()).toHaveLength(2)
    vi.advanceTimersByTime(1)
    expect(stream.take()).toEqual(['… 1 more in this second'])
  })

  it('decodes nothing of the spans beyond it', async () => {
    const { exporter } = exporterWith({ max_lines_per_second: 2 })
    const batch = batchOf(many(100))
    const { spans } = batch.groups[0]!
    const reads = [vi.spyOn(spans, 'at'), vi.spyOn(spans, 'name'), vi.spyOn(spans, 'attribute')]
    vi.spyOn(spans, 'startMs')
    await exporter.export(batch)
    const touched = reads.flatMap(({ mock }) => mock.calls.map(([i]) => i))
    expect(Math.max(...touched)).toBe(1)
    expect(spans.startMs).toHaveBeenCalledTimes(2)
  })

  it('of 0 prints neither lines nor their number', async () => {
    const { exporter, stream } = exporterWith({ max_lines_per_second: 0 })
    await exporter.export(batchOf(many(5)))
    vi.advanceTimersByTime(5_000)
    expect(stream.take()).toEqual([])
  })

  it('tells at shutdown what was left out of the last second', async () => {
    const { exporter, stream } = exporterWith({ max_lines_per_second: 1 })
    await exporter.start()
    await exporter.export(batchOf(many(3)))
    await exporter.shutdown()
    expect(stream.take().slice(1)).toEqual(['… 2 more in this second'])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('basic', () => {
  it('prints a line for each batch, within the limit', async () => {
    const { exporter, stream } = exporterWith({ verbosity: 'basic', max_lines_per_second: 2 })
    for (let i = 0; i < 5; i++) await exporter.export(batchOf(many(12)))
    vi.advanceTimersByTime(1_000)
    expect(stream.take()).toEqual([
      '14:03:22.123 info  [debug] Traces. resource_spans=1 spans=12',
      '14:03:22.123 info  [debug] Traces. resource_spans=1 spans=12',
      '… 3 more in this second',
    ])
  })
})

describe('detailed', () => {
  it('prints every field of each span', async () => {
    const { exporter, stream } = exporterWith({ verbosity: 'detailed', max_lines_per_second: 1 })
    const attributes = {
      text: 'a "b"\n',
      int: 7,
      big: 8n,
      yes: true,
      raw: Uint8Array.of(7, 255),
      list: ['x', 1n, { k: 'v' }],
    }
    const events = [
      { timeNs: 1_000_000_123n, name: 'retry', attributes: { attempt: 2 } },
      { timeNs: 2_000_000_000n, name: 'done', attributes: {} },
    ]
    const full = span({
      parentSpanId: '00f067aa0ba902b7',
      traceState: 'a=\x1b',
      kind: 3,
      name: 'GET \x1b',
      startNs: 1_000_000_123n,
      endNs: 1_000_512_123n,
      attributes,
      events,
      status: { code: 2, message: 'reset\n' },
    })
    await exporter.export(batchOf([full, full]))
    expect(stream.take()).toEqual([
      'Span GET \\x1b',
      '    trace id        0af7651916cd43dd8448eb211c80319c',
      '    span id         b7ad6b7169203331',
      '    parent span id  00f067aa0ba902b7',
      '    trace state     a=\\x1b',
      '    flags           1',
      '    kind            client',
      '    start           1970-01-01T00:00:01.000000123Z',
      '    end             1970-01-01T00:00:01.000512123Z',
      '    duration        512 µs',
      '    status          error: reset\\n',
      '    attributes',
      '        text: "a \\"b\\"\\n"',
      '        int: 7',
      '        big: 8',
      '        yes: true',
      '        raw: 0x07ff',
      '        list: ["x", 1, {k: "v"}]',
      '    event retry at 1970-01-01T00:00:01.000000123Z',
      '        attempt: 2',
      '    event done at 1970-01-01T00:00:02.000000000Z',
      '    resource',
      '        service.name: "web"',
      '        process.executable.name: "nginx"',
      '        process.pid: 812',
      '    scope           waggle/http 0.1.0',
    ])
  })
})

describe('outcomes', () => {
  it('are always accepted, and every span counts in and out', async () => {
    const { exporter, counters } = exporterWith({ max_lines_per_second: 1 })
    expect(await exporter.export(batchOf(many(7)))).toEqual(ACCEPTED)
    expect([counters.in, counters.out, counters.dropped.size]).toEqual([7, 7, 0])
  })
})

describe('colour', () => {
  const esc = '\x1b'
  const failing = () => batchOf([withAttributes({ 'http.response.status_code': 503 })])

  it('is used on a terminal, and for failures red', async () => {
    const { onTerminal, stream } = exporterWith()
    await onTerminal().export(failing())
    const [line] = stream.take()
    expect(line).toContain(`${esc}[2m14:03:22.123${esc}[0m`)
    expect(line).toContain(`${esc}[31m503${esc}[0m`)
  })

  it.each([
    ['off without a terminal', false, {}, {}, false],
    ['off with NO_COLOR', true, {}, { NO_COLOR: '1' }, false],
    ['on with an empty NO_COLOR', true, {}, { NO_COLOR: '' }, true],
    ['off with never', true, { color: 'never' }, {}, false],
    ['on with always, in either spelling', false, { colour: 'always' }, { NO_COLOR: '1' }, true],
  ])('is %s', async (_title, isTTY, given, env, colored) => {
    const { exporter, onTerminal, stream } = exporterWith(given, env)
    await (isTTY ? onTerminal() : exporter).export(failing())
    expect(stream.text.includes(esc)).toBe(colored)
  })
})

describe('a slow reader', () => {
  it('costs lines, which are counted, and no memory', async () => {
    const { exporter, stream } = exporterWith({ max_lines_per_second: 1_000 })
    stream.slow = true
    for (let i = 0; i < 10; i++) await exporter.export(batchOf(many(100)))
    expect(stream.writableLength).toBeLessThan(1_000 + 140)
    vi.advanceTimersByTime(3_000)
    expect(stream.take()).toHaveLength(1)
    stream.drain()
    await vi.advanceTimersByTimeAsync(0)
    expect(stream.take()).toHaveLength(8)
    vi.advanceTimersByTime(1_000)
    expect(stream.take()).toEqual(['… 991 more in the last 4 seconds'])
    await exporter.export(batchOf(many(1_001)))
    stream.take()
    vi.advanceTimersByTime(1_000)
    expect(stream.take()).toEqual(['… 1 more in this second'])
  })

  it('does not hold up shutdown', async () => {
    const { exporter, stream } = exporterWith()
    stream.slow = true
    await exporter.start()
    await exporter.export(batchOf(many(3)))
    const ended = exporter.shutdown()
    await vi.advanceTimersByTimeAsync(500)
    await expect(ended).resolves.toBeUndefined()
  })
})

describe('a reader that goes away', () => {
  const gone = (code: string) => Object.assign(new Error(`write ${code}`), { code })

  it('ends the printing without an error', async () => {
    const { exporter, stream, logged } = exporterWith()
    await exporter.start()
    stream.emit('error', gone('EPIPE'))
    expect(await exporter.export(batchOf(many(3)))).toEqual(ACCEPTED)
    vi.advanceTimersByTime(5_000)
    await exporter.shutdown()
    expect(stream.text).toBe('')
    expect(logged).toEqual(['debug Output closed by its reader, printing ends.\n'])
  })

  it('is warned of where it is another failure', async () => {
    const { exporter, stream, logged } = exporterWith()
    await exporter.start()
    stream.emit('error', gone('ENOSPC'))
    expect(logged).toEqual(['warn  Output failed, printing ends. err="write ENOSPC"\n'])
  })
})

describe('life', () => {
  it('may end before it began, and twice, and leaves no listener', async () => {
    const { exporter, stream } = exporterWith({ summary_interval: '10s' })
    await exporter.shutdown()
    const again = exporterWith({ summary_interval: '10s' })
    await again.exporter.start()
    await again.exporter.shutdown()
    await again.exporter.shutdown()
    expect([stream, again.stream].map((one) => one.listenerCount('error'))).toEqual([0, 0])
    expect(vi.getTimerCount()).toBe(0)
  })
})
