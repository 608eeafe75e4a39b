import { describe, expect, it } from 'vitest'
import { settled } from './fixtures.ts'
import { queueOf, request, UNAVAILABLE } from './sending_fixtures.ts'
import { DestinationStatus } from './sending_status.ts'

const sent = { kind: 'sent' } as const
const refused = { kind: 'rejected', reason: 'UNAUTHENTICATED: no token' } as const

describe('the status of a destination', () => {
  it('is a recoverable error from the first attempt that failed to the next that did not', async () => {
    const { sending, calls, clock, told } = queueOf()
    await sending.offer([request('a')])
    await settled()
    await calls[0]?.answer(UNAVAILABLE)
    expect(told).toEqual(['UNAVAILABLE: no'])
    await clock.advance(5_000)
    await calls[1]?.answer(sent)
    expect(told).toEqual(['UNAVAILABLE: no', 'ok'])
  })

  it('is a recoverable error when it refuses requests for good, three in a row', async () => {
    const { sending, calls, told } = queueOf({ queue: { num_consumers: 1 } })
    await sending.offer(['a', 'b', 'c', 'd'].map((text) => request(text)))
    await settled()
    await calls[0]?.answer(refused)
    await calls[1]?.answer(refused)
    expect(told).toEqual([])
    await calls[2]?.answer(refused)
    await calls[3]?.answer(sent)
    expect(told).toEqual(['refuses every request: UNAUTHENTICATED: no token', 'ok'])
  })

  it('does not mind a request that is refused now and then', async () => {
    const { sending, calls, told } = queueOf({ queue: { num_consumers: 1 } })
    await sending.offer(Array.from({ length: 6 }, () => request('a')))
    await settled()
    for (const [i, answer] of [refused, refused, sent, refused, refused, sent].entries()) {
      await calls[i]?.answer(answer)
    }
    expect(told).toEqual([])
  })

  it('is well again only when all who send there are', () => {
    const told: string[] = []
    const status = new DestinationStatus({
      ok: () => void told.push('ok'),
      recoverable: (error) => void told.push(error),
      permanent: () => {},
    })
    const [traces, metrics] = [status.sender(), status.sender()]
    traces.failing('traces fail')
    metrics.failing('metrics fail')
    traces.works()
    metrics.works()
    metrics.works()
    expect(told).toEqual(['traces fail', 'metrics fail', 'metrics fail', 'ok'])
  })
})
