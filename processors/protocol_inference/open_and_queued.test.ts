import { describe, expect, it } from 'vitest'
import { SPAN_KIND, STATUS_CODE } from '../../src/pdata/traces.ts'
import { HttpExchangeView } from './http_view.ts'
import { type Exchange, OFFSET, observationsOf } from './observations_for_tests.ts'
import { queueSpans } from './queue_spans.ts'
import { encodedAndDecoded, spanOf, spansOf } from './spans_for_tests.ts'

const QUEUED = 'waggle.http.server.queue_duration'

describe('an exchange that is still open', () => {
  const open: Exchange = { end: 'open', status: 0, requestNs: 5n, responseEndNs: 12_000_000_005n }

  it('is a span of its own below the one that will follow', () => {
    const span = spanOf(open)
    const whole = spanOf({ ...open, end: 'complete', status: 200 })
    expect(span).toMatchObject({ traceId: whole.traceId, parentSpanId: whole.spanId })
    expect(span.spanId).not.toBe(whole.spanId)
    expect(span).toMatchObject({ name: 'GET', kind: SPAN_KIND.internal })
    expect(span.endNs - span.startNs).toBe(12_000_000_000n)
  })

  it('is told of by spans that differ, one for each time that its age has doubled', () => {
    const ages = [10, 19.9, 20, 39, 40, 81, 10_300].map((seconds) => BigInt(seconds * 1e9))
    for (const role of ['client', 'server'] as const) {
      const reports = ages.map((age) => spanOf({ ...open, role, responseEndNs: 5n + age }))
      const ids = reports.map(({ spanId }) => spanId)
      expect(ids.map((id) => ids.indexOf(id))).toEqual([0, 0, 2, 2, 4, 5, 6])
      expect(new Set(reports.map(({ parentSpanId }) => parentSpanId)).size).toBe(1)
    }
  })

  it('has the state "open", no size and no error', () => {
    const { attributes, status } = spanOf(open)
    expect(attributes['waggle.exchange.state']).toBe('open')
    expect(attributes).not.toHaveProperty('error.type')
    expect(attributes).not.toHaveProperty('http.response.body.size')
    expect(status.code).toBe(STATUS_CODE.unset)
    expect(encodedAndDecoded(spansOf([open]))).toEqual([spanOf(open)])
  })

  it('is not counted as an exchange', () => {
    expect(spansOf([open]).http(0)).toBeUndefined()
    expect(spansOf([{ ...open, end: 'complete' }]).http(0)).toBeDefined()
  })
})

describe('the time until a server reads', () => {
  const late: Exchange = {
    requestNs: 1_000_000_000n,
    readNs: 1_300_000_000n,
    responseEndNs: 1_500_000_000n,
  }

  it('is said in seconds, of the server', () => {
    expect(spanOf(late).attributes[QUEUED]).toBe(0.3)
    expect(spanOf({ ...late, role: 'client' }).attributes).not.toHaveProperty(QUEUED)
    expect(encodedAndDecoded(spansOf([late]))).toEqual([spanOf(late)])
  })

  it('is not said when it is below a millisecond, or not known', () => {
    expect(spanOf({ ...late, readNs: 1_000_999_999n }).attributes).not.toHaveProperty(QUEUED)
    expect(spanOf({ ...late, readNs: 1_001_000_000n }).attributes[QUEUED]).toBe(0.001)
    expect(spanOf({ ...late, readNs: 0n }).attributes).not.toHaveProperty(QUEUED)
  })

  it('and the time after it are children of the span when asked for', () => {
    const records = observationsOf([late, { ...late, role: 'client' }, { ...late, readNs: 0n }])
    const spans = queueSpans(new HttpExchangeView(), records, Uint32Array.from([0, 1, 2]))
    const { traceId, spanId } = spanOf(late)
    const times = spans.map(({ name, startNs, endNs }) => [name, startNs - OFFSET, endNs - OFFSET])
    expect(times).toEqual([
      ['in queue', 1_000_000_000n, 1_300_000_000n],
      ['processing', 1_300_000_000n, 1_500_000_000n],
    ])
    for (const span of spans) expect(span).toMatchObject({ traceId, parentSpanId: spanId })
    expect(new Set([spanId, ...spans.map((span) => span.spanId)]).size).toBe(3)
  })
})
