import { describe, expect, it } from 'vitest'
import { StorageFull } from '../component/storage.ts'
import { MetricRegistry } from '../telemetry/metric_registry.ts'
import { settled } from './fixtures.ts'
import { FakeStorage, queueOf, request, UNAVAILABLE } from './sending_fixtures.ts'

const sent = { kind: 'sent' } as const

/** A queue that is kept in `storage`, started. */
async function keptIn(storage: FakeStorage, queue: object = {}, more: object = {}) {
  const given = queueOf({ queue, storage: storage.open, ...more })
  await given.sending.start()
  return given
}

/** As an agent ends that is killed while its destination is away: nothing is told. */
async function killed(storage: FakeStorage, bodies: readonly string[]): Promise<void> {
  const { sending } = await keptIn(storage, { num_consumers: 1 })
  for (const body of bodies) await sending.offer([request(body, 2)])
  await settled()
}

describe('a sending queue that is kept', () => {
  it('keeps what it accepts until the destination took it', async () => {
    const storage = new FakeStorage()
    const { sending, calls, counts } = await keptIn(storage, { num_consumers: 1 })
    await expect(sending.offer([request('a', 2), request('b', 3)])).resolves.toEqual({
      kind: 'accepted',
    })
    await settled()
    expect(storage.texts).toEqual(['a!', 'b'])
    await calls[0]?.answer(sent)
    expect(storage.texts).toEqual(['b!'])
    await calls[1]?.answer({ kind: 'rejected', reason: 'INVALID_ARGUMENT: bad' })
    expect(storage.texts).toEqual([])
    expect(counts()).toEqual({ in: 5, out: 2, dropped: { rejected: 3 }, waiting: 0 })
  })

  it('sends first what an earlier process has kept, and says how much may be sent twice', async () => {
    const storage = new FakeStorage()
    await killed(storage, ['a', 'b', 'c'])
    const { sending, calls, counts, logged } = await keptIn(storage, { num_consumers: 1 })
    await sending.offer([request('d', 1)])
    for (let i = 0; i < 4; i++) {
      await settled()
      await calls[i]?.answer(sent)
    }
    expect(calls.map(({ body }) => body)).toEqual(['a', 'b', 'c', 'd'])
    expect(counts()).toEqual({ in: 7, out: 7, dropped: {}, waiting: 0 })
    expect(logged).toEqual([
      'info  Sending what an earlier process has kept. requests=3 items=6 possible_duplicates=2',
    ])
    expect(storage.texts).toEqual([])
  })

  it('counts what was kept against its size', async () => {
    const storage = new FakeStorage()
    await killed(storage, ['a', 'b', 'c'])
    const { sending } = await keptIn(storage, { sizer: 'items', queue_size: 6 })
    expect(sending.size).toBe(6)
    await expect(sending.offer([request('d', 1)])).resolves.toEqual({
      kind: 'refused',
      reason: 'queue_full',
    })
  })

  it('puts together what was kept', async () => {
    const storage = new FakeStorage()
    await killed(storage, ['a', 'b', 'c'])
    const { calls } = await keptIn(storage, { batch: { min_size: 4 } })
    await settled()
    expect(calls.map(({ body }) => body)).toEqual(['ab', 'c'])
    await calls[0]?.answer(sent)
    expect(storage.texts).toEqual(['c!'])
  })

  it('leaves what waits at shutdown at once, and takes it back out of its counts', async () => {
    const storage = new FakeStorage()
    const { sending, calls, counts, logged } = await keptIn(storage, { num_consumers: 1 })
    await sending.offer([request('a', 2), request('b', 3)])
    await settled()
    await calls[0]?.answer(UNAVAILABLE)
    await sending.shutdown()
    expect(calls.length).toBe(1)
    expect([storage.isOpen, storage.texts]).toEqual([false, ['a!', 'b']])
    expect(counts()).toEqual({ in: 0, out: 0, dropped: {}, waiting: 0 })
    expect(logged.at(-1)).toBe('info  Kept what was not sent yet for the next start. items=5')
  })

  it('gives attempts under way a second at shutdown', async () => {
    const storage = new FakeStorage()
    const { sending, calls, clock, counts } = await keptIn(storage, { num_consumers: 2 })
    await sending.offer([request('a', 2), request('b', 3)])
    await settled()
    let isOver = false
    const ended = sending.shutdown().then(() => (isOver = true))
    await calls[0]?.answer(sent)
    await clock.advance(999)
    expect([isOver, storage.texts]).toEqual([false, ['b!']])
    await clock.advance(1)
    await ended
    expect(counts()).toEqual({ in: 2, out: 2, dropped: {}, waiting: 0 })
  })

  it('refuses what finds no room in the storage, and says so once', async () => {
    const storage = new FakeStorage()
    const { sending, logged, told, counts } = await keptIn(storage, { queue_size: 1 })
    storage.error = new StorageFull('ENOSPC: no space left on device, write')
    const refused = { kind: 'refused', reason: 'storage_full' }
    await expect(sending.offer([request('a')])).resolves.toEqual(refused)
    await expect(sending.offer([request('a')])).resolves.toEqual(refused)
    storage.error = new Error('EIO: i/o error, write')
    await expect(sending.offer([request('a')])).resolves.toEqual({
      ...refused,
      reason: 'storage_failed',
    })
    storage.error = undefined
    await expect(sending.offer([request('a')])).resolves.toEqual({ kind: 'accepted' })
    expect(counts().in).toBe(1)
    expect(logged).toEqual(['error Storage fails. error="ENOSPC: no space left on device, write"'])
    expect([told[0], told.at(-1)]).toEqual([
      'storage: ENOSPC: no space left on device, write',
      'ok',
    ])
  })

  it('drops a request that cannot be read, and goes on', async () => {
    const storage = new FakeStorage()
    await killed(storage, ['damaged', 'b'])
    const { calls, counts, logged } = await keptIn(storage, { num_consumers: 1 })
    await settled()
    await calls[0]?.answer(sent)
    expect(calls.map(({ body }) => body)).toEqual(['b'])
    expect(counts()).toEqual({ in: 4, out: 2, dropped: { storage_unreadable: 2 }, waiting: 0 })
    expect(logged.at(-1)).toBe(
      'error Dropping data. reason=storage_unreadable error="0000000001.log is damaged at byte 0"',
    )
    expect(storage.texts).toEqual([])
  })

  it('holds no more bodies in memory than it needs, and reads the others', async () => {
    const storage = new FakeStorage()
    const { sending, calls } = await keptIn(storage, { num_consumers: 1 })
    const released: number[] = []
    for (let i = 0; i < 4; i++) {
      const body = Buffer.alloc(2 * 1024 * 1024, String(i))
      await sending.offer([{ body, items: 1, release: () => void released.push(i) }])
    }
    await settled()
    expect(released).toEqual([3])
    for (let i = 0; i < 4; i++) await calls[i]?.answer(sent)
    expect(calls.map(({ body }) => body[0])).toEqual(['0', '1', '2', '3'])
    expect(released).toEqual([3, 0, 1, 2])
  })

  it('does not start when the storage cannot be opened', async () => {
    const open = () => Promise.reject(new Error('locked by process 7'))
    const { sending } = queueOf({ storage: open })
    await expect(sending.start()).rejects.toThrow('locked by process 7')
    await sending.shutdown()
  })

  it('tells what it keeps and what it found', async () => {
    const storage = new FakeStorage()
    await killed(storage, ['a', 'b', 'c'])
    const registry = new MetricRegistry('normal')
    await keptIn(storage, {}, { meter: registry.meter({ exporter: 'test' }) })
    const values = registry
      .collect()
      .metrics.map(({ facts, points: [point] }) => [facts.name, point?.value])
    expect(Object.fromEntries(values)).toEqual({
      otelcol_exporter_queue_size: 3,
      otelcol_exporter_queue_capacity: 1000,
      otelcol_exporter_in_flight_requests: 3,
      'waggle.exporter.storage.size': 30,
      'waggle.exporter.storage.damaged': 0,
      'waggle.exporter.storage.recovered': 6,
      'waggle.exporter.storage.possible_duplicates': 2,
    })
  })
})
