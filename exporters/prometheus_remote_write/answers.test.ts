import { describe, expect, it } from 'vitest'
import { gauge, numberPoint } from '../../src/pdata/metrics_for_tests.ts'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { readAnswer } from './answer.ts'
import { V2, writing } from './fixtures.ts'

cleansUp()

const points = (count: number) => [
  gauge(
    'load',
    Array.from({ length: count }, (_, i) => numberPoint(i, { i })),
  ),
]
const part = { items: 4, samples: 8, histograms: 0, exemplars: 0 }

function answerOf(status: number, headers: Record<string, string> = {}, version: 1 | 2 = 1) {
  return readAnswer({ status, headers, body: Buffer.from('why\n so') }, version, part, 0)
}

describe('the answer of an endpoint', () => {
  it.each([400, 401, 404, 409, 413, 422])('%i drops the data with its words', async (status) => {
    const answer = { status, text: 'out of order sample' }
    const { sink, write, counts, logged } = await writing({}, [answer])
    await write(points(3))
    expect(sink.received).toHaveLength(1)
    expect(counts()).toEqual([3, 0, { rejected: 3 }])
    expect(logged[0]).toMatch(
      new RegExp(`^error Dropping data. reason=rejected error=.*HTTP ${status} .*out of order`),
    )
  })

  it.each([429, 500, 502, 503, 599])('%i is tried again', async (status) => {
    const { sink, exporter, write, counts } = await writing(
      {
        remote_write_queue: { enabled: false },
      },
      [{ status }, { status }],
    )
    await write(points(3))
    expect(sink.received).toHaveLength(3)
    expect(counts()).toEqual([3, 3, {}])
    await exporter.shutdown()
  })

  it('that is no HTTP is tried again', async () => {
    const { sink, write, counts } = await writing({ remote_write_queue: { enabled: false } }, [
      { raw: 'SSH-2.0-OpenSSH_9.2\r\n' },
    ])
    await write(points(3))
    expect(sink.received).toHaveLength(2)
    expect(counts()).toEqual([3, 3, {}])
  })

  it('is given up after max_elapsed_time, and whoever waits hears of it', async () => {
    const answers = Array.from({ length: 500 }, () => ({ status: 500 }))
    const { write, counts } = await writing(
      {
        remote_write_queue: { enabled: false },
        retry_on_failure: {
          initial_interval: '1ms',
          max_interval: '1ms',
          max_elapsed_time: '20ms',
        },
      },
      answers,
    )
    await expect(write(points(1))).resolves.toEqual({
      kind: 'refused',
      reason: 'retries_exhausted',
    })
    expect(counts()).toEqual([0, 0, {}])
  })

  it('may ask for a wait, in seconds or until a date', () => {
    const reason = 'HTTP 429 Too Many Requests: why so'
    expect(answerOf(429, { 'retry-after': '7' })).toEqual({ kind: 'retry', reason, afterMs: 7_000 })
    const date = new Date(60_000).toUTCString()
    expect(answerOf(503, { 'retry-after': date })).toMatchObject({ afterMs: 60_000 })
    expect(answerOf(429, { 'retry-after': 'soon' })).toEqual({ kind: 'retry', reason })
  })

  it('that sends elsewhere is not followed', () => {
    expect(answerOf(308, { location: 'https://other' })).toEqual({
      kind: 'rejected',
      reason:
        'HTTP 308 Permanent Redirect: redirects to https://other, which is not followed; set the endpoint to it',
    })
  })

  it('415 to version 2 hints at version 1', () => {
    expect(answerOf(415, {}, 2)).toEqual({
      kind: 'rejected',
      reason:
        'HTTP 415 Unsupported Media Type: why so; it may not know Remote Write 2.0: try protobuf_message: prometheus.WriteRequest',
    })
  })

  it.each([
    ['6', 3],
    ['8', 4],
    ['99', 4],
  ])('of version 2 says how much was written: %s of 8 samples', (samples, written) => {
    const headers = { 'x-prometheus-remote-write-samples-written': samples }
    expect(answerOf(400, headers, 2)).toEqual({
      kind: 'written',
      written,
      message: 'HTTP 400 Bad Request: why so',
    })
  })

  it.each(['', '-1', 'many', '0'])(
    'of version 2 that says "%s" were written is a failure',
    (samples) => {
      const headers = { 'x-prometheus-remote-write-samples-written': samples }
      expect(answerOf(400, headers, 2).kind).toBe('rejected')
    },
  )

  it('of version 2 that was written in part counts the rest as dropped', async () => {
    const headers = { 'X-Prometheus-Remote-Write-Samples-Written': '3' }
    const answer = { status: 400, headers, text: 'too old' }
    const { write, counts, logged } = await writing({ protobuf_message: V2 }, [answer])
    await write(points(4))
    expect(counts()).toEqual([4, 3, { partial_success: 1 }])
    expect(logged[0]).toContain('1 data points rejected: HTTP 400 Bad Request: too old')
  })

  it('of version 2 without word of what was written raises a doubt, once', async () => {
    const { exporter, write, logged } = await writing({ protobuf_message: V2 })
    await write(points(1))
    await exporter.shutdown()
    const url = expect.stringContaining('url=http') as string
    expect(logged.filter((line) => line.includes('may not know'))).toEqual([url])
  })
})

describe('a batch of several requests', () => {
  const several = { max_batch_size_bytes: 400, remote_write_queue: { enabled: false } }

  it('sends again only those that failed', async () => {
    const { sink, write, counts } = await writing(several, [{ status: 204 }, { status: 500 }])
    await write(points(40))
    const values = sink.series().map(({ samples }) => samples[0]?.value)
    expect(new Set(values).size).toBe(40)
    expect(sink.received.length).toBeGreaterThan(3)
    expect(values.length).toBeLessThan(60)
    expect(counts()).toEqual([40, 40, {}])
  })

  it('loses only what was refused', async () => {
    const { sink, write, counts } = await writing(several, [{ status: 400, text: 'no' }])
    await write(points(40))
    const lost = sink.received[0]?.series.length ?? 0
    expect(counts()).toEqual([40, 40 - lost, { partial_success: lost }])
  })

  it('sends one after the other where told so', async () => {
    const { sink, write } = await writing({ ...several, max_batch_request_parallelism: 1 })
    await write(points(40))
    const values = sink.series().map(({ samples }) => samples[0]?.value)
    expect(values).toEqual(Array.from({ length: 40 }, (_, i) => i))
  })
})
