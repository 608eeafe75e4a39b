import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http'
import type { HttpAnswer } from '../../src/helpers/http_request.ts'
import { retryAfterMs, shortText } from '../../src/helpers/http_retry_after.ts'
import type { PartCounts } from './bundle.ts'

/** What became of one request. */
export type WriteResult =
  /** `written` of its data points were; `message` says why not all. */
  | { readonly kind: 'written'; readonly written: number; readonly message: string }
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  | { readonly kind: 'rejected'; readonly reason: string }

/** How many samples an answer says were written; undefined where it does not say. */
export interface Written {
  readonly samples: number | undefined
  readonly histograms: number | undefined
  readonly exemplars: number | undefined
}

/**
 * What an answer says. By the protocol, 5xx may be tried again, and 429 too; every other failure is for
 * good (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#retries-on-retryable-errors).
 * A failure of version 2 may have written a part, which its headers tell.
 * @param nowMs milliseconds since 1970, for a Retry-After that is a date
 */
export function readAnswer(
  { status, headers, body }: HttpAnswer,
  version: 1 | 2,
  part: PartCounts,
  nowMs: number,
): WriteResult {
  if (status >= 200 && status < 300) return { kind: 'written', written: part.items, message: '' }
  const name = `HTTP ${status} ${STATUS_CODES[status] ?? ''}`.trim()
  if (status >= 300 && status < 400) {
    const { location = 'another place' } = headers
    const reason = `${name}: redirects to ${location}, which is not followed; set the endpoint to it`
    return { kind: 'rejected', reason }
  }
  const text = shortText(body)
  const reason = text === '' ? name : `${name}: ${text}`
  if (status === 429 || status >= 500) {
    const afterMs = retryAfterMs(headers['retry-after'], nowMs)
    return { kind: 'retry', reason, ...(afterMs !== undefined && { afterMs }) }
  }
  const written = version === 2 ? itemsWritten(writtenIn(headers), part) : 0
  if (written > 0) return { kind: 'written', written, message: reason }
  const hint = status === 415 && version === 2 ? V2_HINT : ''
  return { kind: 'rejected', reason: reason + hint }
}

const V2_HINT = '; it may not know Remote Write 2.0: try protobuf_message: prometheus.WriteRequest'

/** What the headers of version 2 say was written. */
export function writtenIn(headers: IncomingHttpHeaders): Written {
  const read = (name: string): number | undefined => {
    const value = headers[`x-prometheus-remote-write-${name}-written`]
    return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined
  }
  return {
    samples: read('samples'),
    histograms: read('histograms'),
    exemplars: read('exemplars'),
  }
}

/** Data points are several samples, so their number is worked out by the share that was written. */
function itemsWritten({ samples = 0, histograms = 0 }: Written, part: PartCounts): number {
  const sent = part.samples + part.histograms
  if (sent === 0) return 0
  return Math.floor((part.items * Math.min(samples + histograms, sent)) / sent)
}
