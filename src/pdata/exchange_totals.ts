import type { HttpSpan } from './http_span.ts'
import type { HttpTotal } from './http_total.ts'
import type { Resource } from './resource.ts'

/** What metrics tell apart of an exchange, besides its route. */
export type ExchangeFacts = Pick<
  HttpSpan,
  | 'client'
  | 'method'
  | 'responseStatus'
  | 'errorType'
  | 'scheme'
  | 'protocolVersion'
  | 'serverAddress'
  | 'serverPort'
>

/**
 * Exchanges without a span: under `service.limits` the kernel programs keep some and count the
 * others. They are no items of a batch. The server's address is the one on the wire.
 */
export interface ExchangeTotal
  extends
    ExchangeFacts,
    Pick<HttpTotal, 'count' | 'durations' | 'requestBodies' | 'responseBodies'> {}

/** Totals of one resource. */
export interface TotalGroup {
  readonly resource: Resource
  readonly totals: readonly ExchangeTotal[]
}

/** What most batches have. */
export const NO_TOTALS: readonly TotalGroup[] = []
