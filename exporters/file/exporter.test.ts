import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { FakeClock, settingsOf, spanOf, tracesOf } from '../../src/helpers/fixtures.ts'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { readRequest } from '../../src/pdata/otlp_request.ts'
import { gauge, metricsOf, numberPoint } from '../../src/pdata/metrics_for_tests.ts'
import {
  decodeJsonRequest,
  decodeLogs,
  decodeMetrics,
  decodeTraces,
  encodeRequest,
  logs,
  points,
  spans,
} from '../../test/kit/otlp.ts'
import { fileConfig } from './config.ts'
import { FileExporter } from './exporter.ts'

cleansUp()

function exporterOf(given: object, path = join(tempDir('file'), 'traces.json')) {
  const { settings, logged } = settingsOf('file')
  const clock = new FakeClock()
  const exporter = new FileExporter(settings, fileConfig.parse({ path, ...given }), clock)
  const { counters } = settings
  const counts = () => [counters.in, counters.out, Object.fromEntries(counters.dropped)]
  return { exporter, path, clock, logged, counts, counters }
}

async function started(given: object = {}, path?: string) {
  const made = exporterOf(given, path)
  await made.exporter.start()
  return made
}

/** The ids of the spans of a file, each of whose lines must be OTLP/JSON to the letter. */
function idsIn(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  expect(lines.pop()).toBe('')
  return lines.flatMap((line) =>
    spans(decodeJsonRequest('traces', line)).map(({ spanId }) => spanId),
  )
}

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => spanOf(from + i).spanId)

const filesOf = (path: string) =>
  readdirSync(join(path, '..'))
    .sort()
    .map((name) => join(path, '..', name))

describe('the file exporter', () => {
  it('writes a request of OTLP/JSON per line', async () => {
    const { exporter, path, counts } = await started()
    await expect(exporter.export(tracesOf(0, 3))).resolves.toEqual({ kind: 'accepted' })
    await exporter.export(tracesOf(3, 5))
    expect(counts()).toEqual([5, 0, {}])
    await exporter.shutdown()
    expect(idsIn(path)).toEqual(ids(0, 5))
    expect(readFileSync(path, 'utf8').split('\n').length).toBe(3)
    expect(counts()).toEqual([5, 5, {}])
  })

  it('writes protobuf behind its length', async () => {
    const { exporter, path } = await started({ format: 'proto' })
    await exporter.export(tracesOf(0, 3))
    await exporter.export(tracesOf(3, 5))
    await exporter.shutdown()
    const bytes = readFileSync(path)
    const found: string[] = []
    for (let at = 0; at < bytes.length;) {
      const end = at + 4 + bytes.readUInt32BE(at)
      found.push(...spans(decodeTraces(bytes.subarray(at + 4, end))).map(({ spanId }) => spanId))
      at = end
    }
    expect(found).toEqual(ids(0, 5))
  })

  it.each([
    ['json', (line: Buffer) => points(decodeJsonRequest('metrics', line))],
    ['proto', (record: Buffer) => points(decodeMetrics(record.subarray(4)))],
  ])('writes metrics as %s too', async (format, read) => {
    const { exporter, path, counts, counters } = await started({ format })
    await exporter.export(
      metricsOf([gauge('load', [numberPoint(0.5), numberPoint(2, { cpu: 1 })])]),
    )
    await exporter.shutdown()
    const found = read(readFileSync(path)).map(({ metric, value }) => [metric, value])
    expect(found).toEqual([
      ['load', 0.5],
      ['load', 2],
    ])
    expect(counts()).toEqual([2, 2, {}])
    expect([counters.of('metrics').in, counters.of('metrics').out]).toEqual([2, 2])
  })

  it.each([
    ['json', (line: Buffer) => logs(decodeJsonRequest('logs', line))],
    ['proto', (record: Buffer) => logs(decodeLogs(record.subarray(4)))],
  ])('writes received logs as %s, every field of them', async (format, read) => {
    const { exporter, path, counters } = await started({ format })
    const body = { stringValue: 'no bank' }
    const sent = { timeUnixNano: 7n, severityText: 'ERR', body, eventName: 'app.fail' }
    const scopeLogs = [{ scope: { name: 'app' }, logRecords: [sent] }]
    const request = encodeRequest('logs', { resourceLogs: [{ resource: {}, scopeLogs }] })
    await exporter.export(readRequest('logs', request, new Delivery()))
    await exporter.shutdown()
    const found = read(readFileSync(path))
    const record = { body: 'no bank', severityText: 'ERR', eventName: 'app.fail' }
    expect(found).toMatchObject([{ ...record, scope: { name: 'app' } }])
    expect(counters.of('logs').out).toBe(1)
  })

  it('has serialized a batch before export resolves', async () => {
    const { exporter, path } = await started()
    const batch = tracesOf(0, 3)
    await exporter.export(batch)
    vi.spyOn(batch.groups[0]!.spans, 'at').mockImplementation(() => {
      throw new Error('used after export')
    })
    await exporter.shutdown()
    expect(idsIn(path)).toEqual(ids(0, 3))
  })

  it('writes after flush_interval, and at once what is worth a write', async () => {
    const { exporter, path, clock, counts } = await started({ flush_interval: '2s' })
    await exporter.export(tracesOf(0, 1))
    await clock.advance(1_999)
    expect(idsIn(path)).toEqual([])
    await clock.advance(1)
    await vi.waitFor(() => expect(idsIn(path)).toEqual(ids(0, 1)))
    await exporter.export(tracesOf(1, 2, { name: 'x'.repeat(300_000) }))
    await vi.waitFor(() => expect(counts()).toEqual([2, 2, {}]))
    await exporter.shutdown()
  })

  it('writes every batch at once with flush_interval 0', async () => {
    const { exporter, path } = await started({ flush_interval: '0s' })
    await exporter.export(tracesOf(0, 1))
    expect(idsIn(path)).toEqual(ids(0, 1))
    await exporter.shutdown()
  })

  it.each([
    [false, ids(1, 2)],
    [true, ids(0, 2)],
  ])('with append %s keeps what was in the file, or not', async (append, expected) => {
    const first = await started()
    await first.exporter.export(tracesOf(0, 1))
    await first.exporter.shutdown()
    const second = await started({ append }, first.path)
    await second.exporter.export(tracesOf(1, 2))
    await second.exporter.shutdown()
    expect(idsIn(first.path)).toEqual(expected)
  })

  it('refuses a file that another exporter writes to', async () => {
    const first = await started()
    const message = `another component has the file ${JSON.stringify(first.path)}`
    await expect(started({}, first.path)).rejects.toThrow(message)
    await first.exporter.shutdown()
    const second = await started({}, first.path)
    await second.exporter.shutdown()
  })

  it('makes the folder when it may', async () => {
    const path = join(tempDir('file'), 'a', 'b', 'traces.json')
    const { exporter } = await started({ create_directory: true }, path)
    await exporter.shutdown()
    expect(existsSync(path)).toBe(true)
  })
})

describe('the file exporter with rotation', () => {
  it('keeps every span, in order, in files below max_megabytes', async () => {
    const { exporter, path, counts } = await started({ rotation: { max_megabytes: 0.01 } })
    for (let n = 0; n < 1_000; n += 5) await exporter.export(tracesOf(n, n + 5))
    await exporter.shutdown()
    const files = filesOf(path)
    expect(files.length).toBeGreaterThan(10)
    expect(files.flatMap(idsIn)).toEqual(ids(0, 1_000))
    for (const file of files) expect(readFileSync(file).length).toBeLessThanOrEqual(10_486)
    expect(counts()).toEqual([1_000, 1_000, {}])
  })

  it('keeps max_backups files beside the one that is written', async () => {
    const rotation = { max_megabytes: 0.001, max_backups: 3 }
    const { exporter, path } = await started({ rotation, flush_interval: '0s' })
    for (let n = 0; n < 50; n++) await exporter.export(tracesOf(n, n + 1))
    await exporter.shutdown()
    const files = filesOf(path)
    const kept = files.flatMap(idsIn)
    expect(files.length).toBe(4)
    expect(kept).toEqual(ids(50 - kept.length, 50))
  })

  it('goes on in the file of the last run', async () => {
    const first = await started({ rotation: {} })
    await first.exporter.export(tracesOf(0, 1))
    await first.exporter.shutdown()
    const second = await started({ rotation: {} }, first.path)
    await second.exporter.export(tracesOf(1, 2))
    await second.exporter.shutdown()
    expect(idsIn(first.path)).toEqual(ids(0, 2))
  })

  it('writes a batch that is larger than a file into one of its own', async () => {
    const rotation = { max_megabytes: 0.001 }
    const { exporter, path } = await started({ rotation, flush_interval: '0s' })
    for (let n = 0; n < 3; n++) {
      await exporter.export(tracesOf(n, n + 1, { name: 'x'.repeat(2_000) }))
    }
    await exporter.shutdown()
    expect(filesOf(path).map(idsIn)).toEqual([ids(0, 1), ids(1, 2), ids(2, 3)])
  })
})

describe('the file exporter and a disk that fails', () => {
  it('does not start when the folder is missing', async () => {
    const { exporter } = exporterOf({}, '/no/such/folder/traces.json')
    await expect(exporter.start()).rejects.toMatchObject({
      message: 'open /no/such/folder/traces.json',
      cause: { code: 'ENOENT' },
    })
  })

  it('does not start when it may not write', async () => {
    const { exporter } = exporterOf({}, '/proc/sys/kernel/ostype')
    await expect(exporter.start()).rejects.toMatchObject({
      message: 'open /proc/sys/kernel/ostype',
      cause: { code: 'EACCES' },
    })
  })

  it('does not start when the folder cannot be made', async () => {
    const file = join(tempDir('file'), 'file')
    writeFileSync(file, '')
    const { exporter } = exporterOf({ create_directory: true }, join(file, 'traces.json'))
    await expect(exporter.start()).rejects.toMatchObject({
      message: `make folder ${file}`,
      cause: { code: 'EEXIST' },
    })
  })

  it('counts what a full disk does not take, with one line at the beginning and one at the end', async () => {
    const { exporter, counts, logged } = await started({ flush_interval: '0s' }, '/dev/full')
    await exporter.export(tracesOf(0, 3))
    await exporter.export(tracesOf(3, 5))
    expect(counts()).toEqual([5, 0, { write_failed: 5 }])
    await exporter.shutdown()
    expect(logged).toEqual([
      'error Dropping data. reason=write_failed error="write /dev/full: ENOSPC: no space left on device, write"',
      'info  No longer dropping data. reason=write_failed items=5',
    ])
  })

  it('takes half a record away again and goes on when there is room', async () => {
    const { exporter, path, counts } = await started({ flush_interval: '0s' })
    await exporter.export(tracesOf(0, 1))
    const restore = await failNextWriteAfter(10)
    await exporter.export(tracesOf(1, 2))
    restore()
    expect(idsIn(path)).toEqual(ids(0, 1))
    await exporter.export(tracesOf(2, 3))
    await exporter.shutdown()
    expect(idsIn(path)).toEqual([...ids(0, 1), ...ids(2, 3)])
    expect(counts()).toEqual([3, 2, { write_failed: 1 }])
  })

  it('goes on in the full file when it cannot be put aside', async () => {
    const rotation = { max_megabytes: 0.001 }
    const path = join(tempDir('file'), `${'x'.repeat(240)}.json`)
    const { exporter, counts, logged } = await started({ rotation, flush_interval: '0s' }, path)
    for (let n = 0; n < 10; n++) await exporter.export(tracesOf(n, n + 1))
    expect(idsIn(path)).toEqual(ids(0, 10))
    expect(counts()).toEqual([10, 10, {}])
    expect(logged.length).toBe(1)
    expect(logged[0]).toMatch(/^warn  Cannot rotate the file. error=".*ENAMETOOLONG/)
    await exporter.shutdown()
  })
})

describe('the end of the file exporter', () => {
  it('works before start and twice', async () => {
    const { exporter, path } = exporterOf({})
    await exporter.shutdown()
    await exporter.shutdown()
    const outcome = await exporter.export(tracesOf(0, 1))
    expect(outcome).toEqual({ kind: 'refused', reason: 'shutdown' })
    expect(existsSync(path)).toBe(false)
  })
})

/** Lets the next write of any file end with ENOSPC after so many bytes. */
async function failNextWriteAfter(bytes: number): Promise<() => void> {
  const probe = await open('/dev/null')
  const prototype = Object.getPrototypeOf(probe) as { write: (...given: unknown[]) => unknown }
  await probe.close()
  const { write } = prototype
  prototype.write = async function (buffer, offset, _length, position) {
    prototype.write = async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    }
    return write.call(this, buffer, offset, bytes, position)
  }
  return () => void (prototype.write = write)
}
