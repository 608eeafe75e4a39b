import { describe, expect, it } from 'vitest'
import { settled } from './fixtures.ts'
import type { SendResult } from './send_result.ts'
import { queueOf, request, UNAVAILABLE } from './sending_fixtures.ts'

describe('SendingQueue', () => {
  it('accepts at once, sends, and counts what the destination took', async () => {
    const { sending, calls, counts } = queueOf()
    await expect(sending.offer([request('a', 3)])).resolves.toEqual({ kind: 'accepted' })
    expect(counts()).toEqual({ in: 3, out: 0, dropped: {}, waiting: 3 })
    await settled()
    expect(calls.map(({ body, attempt }) => [body, attempt.timeoutMs])).toEqual([['a', 5_000]])
    await calls[0]?.answer({ kind: 'sent' })
    expect(counts()).toEqual({ in: 3, out: 3, dropped: {}, waiting: 0 })
  })

  it('tells each attempt who sent the data, and nothing where those of several were put together', async () => {
    const clients = ['a', 'b'].map((username) => ({ auth: { username } }))
    const [a, b] = clients.map((client) => ({ ...request('x'), client }))
    const queue = { batch: { min_size: 2, flush_timeout: '1s' }, num_consumers: 10 }
    const { sending, calls } = queueOf({ queue })
    for (const one of [a, a, a, b]) await sending.offer([one!])
    await settled()
    expect(calls.map(({ attempt }) => attempt.client)).toEqual([clients[0], undefined])
  })

  it('sends no more requests at once than num_consumers', async () => {
    const { sending, calls } = queueOf({ queue: { num_consumers: 2 } })
    await sending.offer(['a', 'b', 'c'].map((text) => request(text)))
    await settled()
    expect(calls.map(({ body }) => body)).toEqual(['a', 'b'])
    await calls[1]?.answer({ kind: 'sent' })
    expect(calls.map(({ body }) => body)).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['requests', 2],
    ['items', 10],
    ['bytes', 4],
  ])('refuses what does not fit, measured in %s, and counts nothing', async (sizer, size) => {
    const { sending, calls, counts, logged } = queueOf({ queue: { sizer, queue_size: size } })
    await sending.offer([request('ab', 5), request('cd', 5)])
    const full = { kind: 'refused', reason: 'queue_full' }
    expect(sending.refusal(7)).toEqual(full)
    await expect(sending.offer([request('ef', 5)])).resolves.toEqual(full)
    expect(counts()).toEqual({ in: 10, out: 0, dropped: {}, waiting: 10 })
    expect(logged).toEqual(['warn  Queue full, refusing data.'])
    await settled()
    await calls[0]?.answer({ kind: 'sent' })
    await expect(sending.offer([request('ef', 5)])).resolves.toEqual({ kind: 'accepted' })
  })

  it('takes a batch of several requests whole or not at all', async () => {
    const { sending, counts } = queueOf({ queue: { queue_size: 2 } })
    await sending.offer([request('a')])
    const outcome = await sending.offer([request('b'), request('c')])
    expect([outcome, counts().in]).toEqual([{ kind: 'refused', reason: 'queue_full' }, 1])
  })

  it('rejects a batch that is larger than the queue', async () => {
    const { sending } = queueOf({ queue: { sizer: 'bytes', queue_size: 2 } })
    const outcome = await sending.offer([request('abc')])
    expect(outcome).toEqual({ kind: 'rejected', reason: 'too_large' })
  })

  it('waits for room with block_on_overflow', async () => {
    const { sending, calls } = queueOf({ queue: { queue_size: 1, block_on_overflow: true } })
    await sending.offer([request('a')])
    expect(sending.refusal(1)).toBeUndefined()
    let outcome: unknown
    void sending.offer([request('b')]).then((done) => (outcome = done))
    await settled()
    expect(outcome).toBeUndefined()
    await calls[0]?.answer({ kind: 'sent' })
    expect([outcome, calls[1]?.body]).toEqual([{ kind: 'accepted' }, 'b'])
  })

  it('lets no more wait for room than it can hold', async () => {
    const { sending, clock } = queueOf({ queue: { queue_size: 2, block_on_overflow: true } })
    await sending.offer([request('a'), request('b')])
    const waiting = sending.offer([request('c'), request('d')])
    const refused = { kind: 'refused', reason: 'queue_full' }
    await expect(sending.offer([request('e')])).resolves.toEqual(refused)
    const ended = sending.shutdown()
    await expect(waiting).resolves.toEqual({ kind: 'refused', reason: 'shutdown' })
    await clock.advance(10_000)
    await ended
  })

  it('logs the warning of a destination that took everything', async () => {
    const { sending, calls, counts, logged } = queueOf()
    await sending.offer([request('a', 5)])
    await settled()
    await calls[0]?.answer({ kind: 'sent', rejected: 0, message: 'old schema' })
    expect(counts()).toEqual({ in: 5, out: 5, dropped: {}, waiting: 0 })
    expect(logged).toEqual(['warn  Destination took data with a warning. message="old schema"'])
  })

  it('tries again after the back-off, and says when the destination fails and works again', async () => {
    const { sending, calls, clock, counts, logged } = queueOf()
    await sending.offer([request('a')])
    await settled()
    await calls[0]?.answer(UNAVAILABLE)
    await clock.advance(4_999)
    expect(calls.length).toBe(1)
    await clock.advance(1)
    expect(calls.length).toBe(2)
    await calls[1]?.answer({ kind: 'sent' })
    expect(counts()).toEqual({ in: 1, out: 1, dropped: {}, waiting: 0 })
    expect(logged).toEqual([
      'warn  Destination fails, trying again. error="UNAVAILABLE: no"',
      'info  Destination works again. failed_attempts=1 seconds=5',
    ])
  })

  it('waits as long as the destination asks for', async () => {
    const { sending, calls, clock } = queueOf()
    await sending.offer([request('a')])
    await settled()
    await calls[0]?.answer({ ...UNAVAILABLE, afterMs: 8_000 })
    await clock.advance(7_999)
    expect(calls.length).toBe(1)
    await clock.advance(1)
    expect(calls.length).toBe(2)
  })

  it('drops what the destination refuses for good, with one line at the beginning and one at the end', async () => {
    const { sending, calls, clock, counts, logged } = queueOf({ queue: { num_consumers: 1 } })
    await sending.offer([request('a', 2), request('b', 3), request('c', 4)])
    await settled()
    await calls[0]?.answer({ kind: 'rejected', reason: 'INVALID_ARGUMENT: bad' })
    await calls[1]?.answer({ kind: 'rejected', reason: 'INVALID_ARGUMENT: bad' })
    await clock.advance(5_000)
    await calls[2]?.answer({ kind: 'sent' })
    expect(counts()).toEqual({ in: 9, out: 4, dropped: { rejected: 5 }, waiting: 0 })
    expect(logged).toEqual([
      'error Dropping data. reason=rejected error="INVALID_ARGUMENT: bad"',
      'info  No longer dropping data. reason=rejected items=5',
    ])
  })

  it('counts what is refused in a partial success as dropped and does not send it again', async () => {
    const { sending, calls, clock, counts } = queueOf()
    await sending.offer([request('a', 5)])
    await settled()
    await calls[0]?.answer({ kind: 'sent', rejected: 2, message: 'too old' })
    await clock.advance(600_000)
    expect(calls.length).toBe(1)
    expect(counts()).toEqual({ in: 5, out: 3, dropped: { partial_success: 2 }, waiting: 0 })
  })

  it('drops a request that is older than max_elapsed_time', async () => {
    const { sending, calls, clock, counts } = queueOf({
      retry: { max_interval: '5s', max_elapsed_time: '12s' },
    })
    await sending.offer([request('a')])
    for (let attempt = 0; attempt < 3; attempt++) {
      await clock.advance(5_000)
      await calls[attempt]?.answer(UNAVAILABLE)
    }
    expect(calls.length).toBe(2)
    expect(counts().dropped).toEqual({ retries_exhausted: 1 })
  })

  it('drops at the first failure when retries are turned off', async () => {
    const { sending, calls, counts } = queueOf({ retry: { enabled: false } })
    await sending.offer([request('a')])
    await settled()
    await calls[0]?.answer(UNAVAILABLE)
    expect(counts().dropped).toEqual({ retries_exhausted: 1 })
  })

  it('drops what cannot be prepared, and what send fails on', async () => {
    const prepare = () => Promise.reject(new Error('no memory'))
    const { sending, counts, logged } = queueOf({ prepare })
    await sending.offer([request('a')])
    await settled()
    expect(counts()).toEqual({ in: 1, out: 0, dropped: { rejected: 1 }, waiting: 0 })
    expect(logged).toEqual(['error Dropping data. reason=rejected error="no memory"'])
  })

  it('prepares a request once, however often it is sent', async () => {
    let prepared = 0
    const prepare = async (body: Buffer) => Buffer.from(`${String(body)}${++prepared}`)
    const { sending, calls, clock } = queueOf({ prepare })
    await sending.offer([request('a')])
    await settled()
    await calls[0]?.answer(UNAVAILABLE)
    await clock.advance(5_000)
    expect(calls.map(({ body }) => body)).toEqual(['a1', 'a1'])
  })

  describe('without a queue', () => {
    it('resolves with what became of the batch', async () => {
      const { sending, calls, counts } = queueOf({ queue: { enabled: false } })
      const [sent, rejected] = [sending.offer([request('a')]), sending.offer([request('b')])]
      await settled()
      await calls[0]?.answer({ kind: 'sent' })
      await calls[1]?.answer({ kind: 'rejected', reason: 'INVALID_ARGUMENT: bad' })
      await expect(sent).resolves.toEqual({ kind: 'accepted' })
      await expect(rejected).resolves.toEqual({ kind: 'rejected', reason: 'rejected' })
      expect(counts()).toEqual({ in: 1, out: 1, dropped: {}, waiting: 0 })
    })

    it('answers for a batch that was taken in part', async () => {
      const { sending, calls, counts } = queueOf({ queue: { enabled: false } })
      const outcome = sending.offer([request('a', 2), request('b', 3)])
      await settled()
      await calls[0]?.answer({ kind: 'sent' })
      await calls[1]?.answer({ kind: 'rejected', reason: 'INVALID_ARGUMENT: bad' })
      await expect(outcome).resolves.toEqual({ kind: 'accepted' })
      expect(counts()).toEqual({ in: 5, out: 2, dropped: { rejected: 3 }, waiting: 0 })
    })
  })

  describe('with wait_for_result', () => {
    it('resolves with what became of the batch, and counts what was accepted', async () => {
      const { sending, calls, counts } = queueOf({ queue: { wait_for_result: true } })
      const [sent, rejected] = [sending.offer([request('a')]), sending.offer([request('b')])]
      await settled()
      expect(counts()).toEqual({ in: 0, out: 0, dropped: {}, waiting: 0 })
      await calls[0]?.answer({ kind: 'sent' })
      await calls[1]?.answer({ kind: 'rejected', reason: 'INVALID_ARGUMENT: bad' })
      await expect(sent).resolves.toEqual({ kind: 'accepted' })
      await expect(rejected).resolves.toEqual({ kind: 'rejected', reason: 'rejected' })
      expect(counts()).toEqual({ in: 1, out: 1, dropped: {}, waiting: 0 })
    })

    it('still holds no more than queue_size and sends no more than num_consumers at once', async () => {
      const queue = { wait_for_result: true, queue_size: 2, num_consumers: 1 }
      const { sending, calls } = queueOf({ queue })
      void sending.offer([request('a'), request('b')])
      await settled()
      expect(calls.length).toBe(1)
      await expect(sending.offer([request('c')])).resolves.toEqual({
        kind: 'refused',
        reason: 'queue_full',
      })
    })

    it('answers for all who were put together in one request', async () => {
      const queue = { wait_for_result: true, batch: { min_size: 2 } }
      const { sending, calls, clock } = queueOf({ queue, retry: { enabled: false } })
      const offers = [sending.offer([request('a')]), sending.offer([request('b')])]
      await clock.advance(200)
      await calls[0]?.answer(UNAVAILABLE)
      const refused = { kind: 'refused', reason: 'retries_exhausted' }
      await expect(Promise.all(offers)).resolves.toEqual([refused, refused])
      expect(calls.length).toBe(1)
    })
  })

  describe('shutdown', () => {
    it('works before anything was sent, and twice', async () => {
      const { sending } = queueOf()
      await sending.shutdown()
      await sending.shutdown()
      const refused = { kind: 'refused', reason: 'shutdown' }
      expect(sending.refusal(1)).toEqual(refused)
      await expect(sending.offer([request('a')])).resolves.toEqual(refused)
    })

    it('ends back-offs with one last attempt, sends what waits once, and drops the rest', async () => {
      const { sending, calls, counts, logged } = queueOf({ queue: { num_consumers: 1 } })
      await sending.offer([request('a', 1), request('b', 2), request('c', 4)])
      await settled()
      await calls[0]?.answer(UNAVAILABLE)
      const ended = sending.shutdown()
      await settled()
      await calls[1]?.answer(UNAVAILABLE)
      await calls[2]?.answer({ kind: 'sent' })
      await calls[3]?.answer(UNAVAILABLE)
      await ended
      expect(calls.map(({ body }) => body)).toEqual(['a', 'a', 'b', 'c'])
      expect(counts()).toEqual({ in: 7, out: 2, dropped: { shutdown: 5 }, waiting: 0 })
      expect(logged.slice(1)).toEqual([
        'error Dropping data. reason=shutdown error="UNAVAILABLE: no"',
        'info  No longer dropping data. reason=shutdown items=5',
      ])
    })

    it('lasts no longer than its limit and shortens the attempts to it', async () => {
      const { sending, calls, clock, counts } = queueOf({ queue: { num_consumers: 1 } })
      await sending.offer([request('a'), request('b'), request('c')])
      let isOver = false
      await settled()
      void sending.shutdown(1_000).then(() => (isOver = true))
      await calls[0]?.answer({ kind: 'sent' })
      await clock.advance(999)
      expect([isOver, calls[1]?.attempt.timeoutMs]).toEqual([false, 1_000])
      await clock.advance(1)
      expect([isOver, calls.length]).toEqual([true, 2])
      expect(counts()).toEqual({ in: 3, out: 1, dropped: { shutdown: 2 }, waiting: 0 })
    })

    it('refuses those who wait for room', async () => {
      const { sending, calls } = queueOf({ queue: { queue_size: 1, block_on_overflow: true } })
      await sending.offer([request('a')])
      const blocked = sending.offer([request('b')])
      const ended = sending.shutdown()
      await expect(blocked).resolves.toEqual({ kind: 'refused', reason: 'shutdown' })
      await settled()
      await calls[0]?.answer({ kind: 'sent' })
      await ended
    })
  })

  it('keeps in = out + dropped + waiting at every moment, whatever fails', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { held, accepted, counted } = await runAtRandom(randomOf(seed))
      expect({ held, counted }).toEqual({ held: 0, counted: accepted })
    }
  })
})

/** Park and Miller's generator: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed * 7919
  return () => (state = (state * 48271) % 0x7fffffff) / 0x7fffffff
}

function answerAtRandom(random: () => number): SendResult {
  const dice = random()
  if (dice < 0.4) return { kind: 'sent' }
  if (dice < 0.5) return { kind: 'sent', rejected: Math.floor(random() * 9) }
  if (dice < 0.8) return { ...UNAVAILABLE, afterMs: random() * 20_000 }
  return { kind: 'rejected', reason: 'INTERNAL: bad' }
}

async function runAtRandom(random: () => number) {
  const { sending, calls, clock, counters } = queueOf({
    queue: { queue_size: 20, num_consumers: 3, block_on_overflow: random() < 0.5 },
    retry: { max_elapsed_time: '60s' },
  })
  let accepted = 0
  const check = () => {
    const dropped = [...counters.dropped.values()].reduce((sum, items) => sum + items, 0)
    expect(counters.out + dropped + sending.waiting).toBe(counters.in)
  }
  const offer = async (items: number) => {
    const parts = [request('x', items), request('y', 1)]
    const outcome = await sending.offer(parts)
    if (outcome.kind === 'accepted') accepted += items + 1
  }
  let answered = 0
  const steps = 50 + random() * 100
  const offers: Promise<void>[] = []
  for (let step = 0; step < steps; step++) {
    offers.push(offer(1 + Math.floor(random() * 8)))
    check()
    while (answered < calls.length && random() < 0.7) {
      await calls[answered++]?.answer(answerAtRandom(random))
      check()
    }
    await clock.advance(random() * 4_000)
    check()
  }
  const ended = sending.shutdown()
  for (; sending.waiting > 0; await clock.advance(100)) {
    while (answered < calls.length) await calls[answered++]?.answer(answerAtRandom(random))
    check()
  }
  await Promise.all([ended, ...offers])
  check()
  return { held: sending.waiting, accepted, counted: counters.in }
}
