import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Resource } from '../../src/pdata/resource.ts'
import { START_MS, batchOf, exporterWith, nginx, span } from './fixtures.ts'
import { Summary } from './summary.ts'

beforeEach(() => void vi.useFakeTimers({ now: START_MS }))
afterEach(() => void vi.useRealTimers())

const silent = { max_lines_per_second: 0, summary_interval: '10s' }
const service = (name: string) => new Resource({ 'service.name': name })
const lasting = (us: number, given: Parameters<typeof span>[0] = {}) =>
  span({ endNs: span().startNs + BigInt(us) * 1_000n, ...given })

describe('the summary', () => {
  it('is a table by service and side, busiest first', async () => {
    const { exporter, stream } = exporterWith(silent)
    await exporter.start()
    const slow = Array.from({ length: 100 }, (_, i) => lasting((i + 1) * 1_000))
    const failed = lasting(20, { kind: 3, status: { code: 2, message: '' } })
    await exporter.export(batchOf([...slow, failed, failed]))
    await exporter.export(
      batchOf(
        Array.from({ length: 1_234 }, () => lasting(10)),
        service('cart\x1b'),
      ),
    )
    vi.advanceTimersByTime(10_000)
    expect(stream.take()).toEqual([
      '14:03:32.123  last 10.0 s',
      '  service   side    requests  errors  requests/s      p50      p95      p99',
      '  cart\\x1b  server     1,234       0         123  10.1 µs  10.1 µs  10.1 µs',
      '  web       server       100       0        10.0  49.8 ms  95.4 ms  99.6 ms',
      '  web       client         2       2         0.2  20.2 µs  20.2 µs  20.2 µs',
    ])
    await exporter.shutdown()
  })

  it('is not printed when nothing came, and begins anew each time', async () => {
    const { exporter, stream } = exporterWith(silent)
    await exporter.start()
    await exporter.export(batchOf([span()]))
    vi.advanceTimersByTime(10_000)
    expect(stream.take()).toHaveLength(3)
    vi.advanceTimersByTime(20_000)
    expect(stream.take()).toEqual([])
    await exporter.export(batchOf([span()]))
    vi.advanceTimersByTime(10_000)
    expect(stream.take()[2]).toMatch(/^ {2}web +server +1 +0 +0\.1 /)
    await exporter.shutdown()
  })

  it('comes at shutdown for what is left', async () => {
    const { exporter, stream } = exporterWith(silent)
    await exporter.start()
    await exporter.export(batchOf([span(), span()]))
    vi.advanceTimersByTime(2_000)
    await exporter.shutdown()
    await exporter.shutdown()
    const [title, , row, ...more] = stream.take()
    expect(title).toBe('14:03:24.123  last 2.0 s')
    expect(row).toMatch(/^ {2}web +server +2 +0 +1\.0 /)
    expect(more).toEqual([])
  })

  it('waits for a slow reader and then covers the longer time', async () => {
    const { exporter, stream } = exporterWith({ ...silent, max_lines_per_second: 100 })
    await exporter.start()
    stream.slow = true
    await exporter.export(batchOf(Array.from({ length: 50 }, () => span())))
    vi.advanceTimersByTime(10_000)
    stream.drain()
    await vi.advanceTimersByTimeAsync(0)
    stream.take()
    vi.advanceTimersByTime(10_000)
    expect(stream.take()).toContain('14:03:42.123  last 20.0 s')
    await exporter.shutdown()
  })

  it('is not kept when it is off', async () => {
    const { exporter, stream } = exporterWith({ ...silent, summary_interval: '0s' })
    const add = vi.spyOn(Summary.prototype, 'add')
    await exporter.start()
    await exporter.export(batchOf([span()]))
    vi.advanceTimersByTime(60_000)
    await exporter.shutdown()
    expect(stream.text).toBe('')
    expect(add).not.toHaveBeenCalled()
    add.mockRestore()
  })
})

describe('the rows of a summary', () => {
  it('show the 30 busiest services, and the rest as other', () => {
    const summary = new Summary()
    for (let i = 0; i < 40; i++) {
      summary.add(
        batchOf(
          Array.from({ length: i + 1 }, () => span()),
          service(`s${i}`),
        ),
      )
    }
    const rows = summary.take()
    expect(rows.map((row) => row.service)).toEqual([
      ...Array.from({ length: 30 }, (_, i) => `s${39 - i}`),
      'other',
    ])
    expect(rows.at(-1)?.requests).toBe(55)
    expect(rows.at(-1)?.durations.total).toBe(55)
  })

  it('stay bounded however many services come', () => {
    const summary = new Summary()
    for (let i = 0; i < 1_000; i++) summary.add(batchOf([span()], service(`s${i}`)))
    const rows = summary.take()
    expect(rows).toHaveLength(31)
    expect(rows.at(-1)?.requests).toBe(970)
    expect(summary.take()).toEqual([])
  })

  it('do not count apart a service that comes after 256 others, however busy', () => {
    const summary = new Summary()
    for (let i = 0; i < 256; i++) summary.add(batchOf([span()], service(`s${i}`)))
    summary.add(batchOf([span(), span(), span()], service('late')))
    expect(summary.take().map((row) => row.service)).not.toContain('late')
  })

  it('put two resources with one name together', () => {
    const summary = new Summary()
    summary.add(batchOf([span()], nginx))
    summary.add(batchOf([span()], service('web')))
    expect(summary.take().map(({ service: name, requests }) => [name, requests])).toEqual([
      ['web', 2],
    ])
  })

  it('are named after the executable without a service, and unknown without both', () => {
    const summary = new Summary()
    summary.add(batchOf([span()], new Resource({ 'process.executable.name': 'sh' })))
    summary.add(batchOf([span()], new Resource({})))
    expect(summary.take().map((row) => row.service)).toEqual(['sh', 'unknown'])
  })
})
