import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Extension } from '../../src/component/component.ts'
import type { StoredEntry, StoredQueue } from '../../src/component/storage.ts'
import { FakeClock, settingsOf, spanOf, tracesOf } from '../../src/helpers/fixtures.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import { gauge, metricsOf, numberPoint } from '../../src/pdata/metrics_for_tests.ts'
import { batchToJson } from '../../src/pdata/otlp_to_json.ts'
import type { Traces } from '../../src/pdata/traces.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { cleansUp, eventually, tempDir } from '../../test/kit/fixtures.ts'
import { otlpFileConfig } from './config.ts'
import { OtlpFileReceiver } from './receiver.ts'

cleansUp()

/** A line with one span, which can be found again. */
const line = (n: number): string => `${JSON.stringify(batchToJson(tracesOf(n, n + 1)))}\n`
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => line(from + i)).join('')
const idsOf = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => spanOf(from + i).spanId)

/** A storage that outlives receivers, and forgets what they remove. */
function memory() {
  const kept: { entry: StoredEntry; body: Buffer }[] = []
  const queue = async (): Promise<StoredQueue> => ({
    recovered: kept.map(({ entry }) => entry),
    facts: { bytes: 0, damaged: 0 },
    put: async (requests) => {
      const made = requests.map(({ body, items }) => ({
        entry: { items, bytes: body.length, dispatched: false },
        body: Buffer.from(body),
      }))
      kept.push(...made)
      return made.map(({ entry }) => entry)
    },
    read: async (entry) => kept.find((one) => one.entry === entry)!.body,
    dispatch: async () => {},
    remove: async (entries) => {
      for (const entry of entries)
        kept.splice(
          kept.findIndex((one) => one.entry === entry),
          1,
        )
    },
    close: async () => {},
  })
  return { queue, kept }
}

interface Given {
  readonly options?: object
  readonly path?: string
  readonly storage?: ReturnType<typeof memory>
  /** What becomes of each batch. */
  readonly answer?: (batch: Batch) => Outcome | undefined
}

async function reading(text: string | undefined, given: Given = {}) {
  const { path = join(tempDir('otlp_file'), 'traces.json'), options = {}, storage } = given
  if (text !== undefined) writeFileSync(path, text)
  const { settings, logged } = settingsOf('otlp_file')
  const host = { ...settings.host, extension: () => storage as Extension | undefined }
  const config = otlpFileConfig.parse({
    include: [path],
    start_at: 'beginning',
    ...(storage && { storage: 'file_storage' }),
    ...options,
  })
  const clock = new FakeClock()
  const receiver = new OtlpFileReceiver({ ...settings, host }, config, clock)
  const batches: Batch[] = []
  receiver.batches$.subscribe((batch) => {
    const outcome = given.answer ? given.answer(batch) : ({ kind: 'accepted' } as const)
    batches.push(batch)
    if (outcome) batch.delivery.settle(outcome)
  })
  atEnd('receiver', () => receiver.shutdown())
  await receiver.start()
  const ids = () =>
    batches.flatMap((batch) =>
      (batch as Traces).groups.flatMap(({ spans }) =>
        Array.from({ length: spans.length }, (_, i) => spans.at(i).spanId),
      ),
    )
  /** Lets the receiver look at its files until what a test waits for is so. */
  const until = (check: () => void) =>
    eventually(async () => {
      await clock.advance(200)
      check()
    })
  const { counters } = settings
  return {
    path,
    receiver,
    clock,
    batches,
    logged,
    ids,
    until,
    /** Waits until it has looked at its files. */
    looked: async () => {
      await clock.advance(1)
      await eventually(() => expect(clock.next).toBeDefined())
    },
    /** Waits for exactly these spans. */
    sees: (from: number, to: number) => until(() => expect(ids()).toEqual(idsOf(from, to))),
    counts: () => [counters.in, counters.out, Object.fromEntries(counters.dropped)],
  }
}

describe('otlp_file', () => {
  it('reads what is there and what comes, line by line', async () => {
    const { path, sees, counts } = await reading(lines(0, 3))
    await sees(0, 3)
    appendFileSync(path, lines(3, 5))
    await sees(0, 5)
    expect(counts()).toEqual([5, 5, {}])
  })

  it('says once that there is no file, and reads it when it comes', async () => {
    const { path, looked, sees, logged } = await reading(undefined)
    await looked()
    writeFileSync(path, lines(0, 3))
    await sees(0, 3)
    expect(logged).toEqual([`warn  No file matches yet. include=["${path}"]`])
  })

  it('reads each signal, and knows it by the line', async () => {
    const metrics = `${JSON.stringify(batchToJson(metricsOf([gauge('load', [numberPoint(1)])])))}\n`
    const log = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}\n'
    const { batches, until } = await reading(`${line(0)}${metrics}\n  \n${log}`)
    await until(() =>
      expect(batches.map(({ kind }) => kind)).toEqual(['traces', 'metrics', 'logs']),
    )
  })

  it('waits for the rest of a half line', async () => {
    const { path, sees, logged } = await reading(line(0) + line(1).slice(0, 50))
    await sees(0, 1)
    appendFileSync(path, line(1).slice(50))
    await sees(0, 2)
    expect(logged).toEqual([])
  })

  it('starts at the end unless told otherwise, and with the next whole line', async () => {
    const text = lines(0, 2) + line(7).slice(0, 50)
    const { path, sees, looked, logged } = await reading(text, { options: { start_at: 'end' } })
    await looked()
    appendFileSync(path, line(7).slice(50) + lines(8, 9))
    await sees(8, 9)
    expect(logged).toEqual([])
  })

  it('reads files that come later whole, and those of exclude never', async () => {
    const folder = tempDir('otlp_file')
    const options = {
      include: [join(folder, '*.json')],
      exclude: [join(folder, 'old*')],
      start_at: 'end',
    }
    const { sees, looked } = await reading(lines(50, 60), { path: join(folder, 'a.json'), options })
    await looked()
    writeFileSync(join(folder, 'old.json'), lines(90, 95))
    writeFileSync(join(folder, 'b.json'), lines(0, 3))
    await sees(0, 3)
  })

  it('follows a file that is renamed to its last line, and then the new one', async () => {
    const { path, sees } = await reading(lines(0, 2))
    await sees(0, 2)
    appendFileSync(path, lines(2, 4))
    renameSync(path, `${path}.1`)
    writeFileSync(path, lines(4, 6))
    await sees(0, 6)
  })

  it('reads a rotated file once where both names are included', async () => {
    const folder = tempDir('otlp_file')
    const path = join(folder, 'traces.json')
    const { sees, until, ids } = await reading(lines(0, 2), {
      path,
      options: { include: [join(folder, '*.json')] },
    })
    await sees(0, 2)
    renameSync(path, join(folder, 'traces-2026-11-21T10-11-12.123.json'))
    writeFileSync(path, lines(2, 4))
    await sees(0, 4)
    appendFileSync(path, lines(4, 5))
    await until(() => expect(ids()).toEqual(idsOf(0, 5)))
  })

  it('reads a file anew that was emptied', async () => {
    const { path, sees, logged } = await reading(lines(0, 3))
    await sees(0, 3)
    truncateSync(path, 0)
    appendFileSync(path, line(3))
    await sees(0, 4)
    expect(logged).toEqual([`warn  File was emptied, reading it anew. path=${path}`])
  })

  it('takes the last line of a file that is gone, with or without a line break', async () => {
    const { path, sees } = await reading(lines(0, 1) + line(1).trimEnd())
    await sees(0, 1)
    rmSync(path)
    await sees(0, 2)
  })

  it.each([
    [
      'no JSON',
      'hello\n',
      'expected {"resourceSpans", {"resourceMetrics" or {"resourceLogs", found',
    ],
    ['half JSON', '{"resourceSpans":[\n', 'Unexpected end of JSON input'],
    ['another JSON', '{"level":"info"}\n', 'expected {"resourceSpans"'],
    [
      'a wrong type',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":7}]}]}]}\n',
      'resourceSpans',
    ],
  ])('skips a line that is %s, and says where', async (_, bad, message) => {
    const { path, sees, logged } = await reading(line(0) + bad + line(1))
    await sees(0, 2)
    expect(logged).toHaveLength(1)
    const text = logged[0]!.replaceAll('\\"', '"')
    expect(text).toContain(`${path}: line at byte ${line(0).length}: `)
    expect(text).toContain(message)
  })

  it('skips a line that is too long', async () => {
    const long = `{"resourceSpans":[{"x":"${'y'.repeat(300_000)}"}]}\n`
    const { path, sees, logged } = await reading(line(0) + long + line(1), {
      options: { max_line_size_mib: 0.25 },
    })
    await sees(0, 2)
    expect(logged).toEqual([
      `warn  Skipping lines that cannot be read. problem="${path}: a line of more than 0.25 MiB"`,
    ])
  })

  it('reads what is compressed with gzip, by its name', async () => {
    const { path, receiver } = await reading('')
    await receiver.shutdown()
    writeFileSync(`${path}.gz`, gzipSync(lines(0, 3)))
    const { sees } = await reading(undefined, { path: `${path}.gz` })
    await sees(0, 3)
  })

  it('reads all once with replay_file, also what has no line break, and follows nothing', async () => {
    const { path, sees, until, logged, clock } = await reading(lines(0, 3).trimEnd(), {
      options: { replay_file: true, start_at: 'end' },
    })
    await sees(0, 3)
    await until(() => expect(logged).toEqual(['info  All files were read.']))
    appendFileSync(path, lines(3, 5))
    expect(clock.next).toBeUndefined()
  })

  it('offers again what was refused, and gives up what was rejected', async () => {
    let asked = 0
    const answer = (): Outcome => {
      asked++
      if (asked < 3) return { kind: 'refused', reason: 'queue_full' }
      return asked === 3 ? { kind: 'accepted' } : { kind: 'rejected', reason: 'malformed' }
    }
    const { path, until, counts } = await reading(line(0), { answer })
    await until(() => expect(counts()).toEqual([1, 1, {}]))
    appendFileSync(path, line(1))
    await until(() => expect(counts()).toEqual([2, 1, { malformed: 1 }]))
  })
})

describe('otlp_file with a storage', () => {
  it('goes on where it ended, whatever start_at says', async () => {
    const storage = memory()
    const first = await reading(lines(0, 3), { storage })
    await first.sees(0, 3)
    await first.receiver.shutdown()
    expect(storage.kept).toHaveLength(1)
    appendFileSync(first.path, lines(3, 5))
    const { path } = first
    const next = await reading(undefined, { storage, path, options: { start_at: 'end' } })
    await next.sees(3, 5)
  })

  it('reads again what nobody had answered for', async () => {
    const storage = memory()
    const never = (batch: Batch): Outcome | undefined =>
      (batch as Traces).groups[0]?.spans.at(0).spanId === idsOf(1, 2)[0]
        ? undefined
        : { kind: 'accepted' }
    const first = await reading(lines(0, 3), { storage, answer: never })
    await first.sees(0, 3)
    let ended = false
    void first.receiver.shutdown().then(() => (ended = true))
    await eventually(async () => {
      await first.clock.advance(5_000)
      expect(ended).toBe(true)
    })
    const next = await reading(undefined, { storage, path: first.path })
    await next.sees(1, 3)
  })

  it('reads a file whole that is another one of the same name', async () => {
    const storage = memory()
    const first = await reading(lines(0, 3), { storage })
    await first.sees(0, 3)
    await first.receiver.shutdown()
    writeFileSync(first.path, lines(20, 30))
    const next = await reading(undefined, { storage, path: first.path })
    await next.sees(20, 30)
  })

  it('that is none does not start', async () => {
    const { settings } = settingsOf('otlp_file')
    const config = otlpFileConfig.parse({ include: ['x'], storage: 'file_storage' })
    await expect(new OtlpFileReceiver(settings, config).start()).rejects.toThrow(
      'storage: service.extensions has no "file_storage"',
    )
  })
})
