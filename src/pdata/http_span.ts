/**
 * An HTTP exchange behind a span, read in place for those who look at every span: nothing is decoded
 * but what is asked for, and the strings are shared by all exchanges that have the same. It stands
 * for one span until the next is asked for, of this list or of another.
 */
export interface HttpSpan {
  /** True at the client's end, false at the server's. */
  readonly client: boolean
  /** How many exchanges it stands for: more than one where the kernel programs left some out. */
  readonly weight: number
  /** True where those that were left out come as totals (exchange_totals.ts), to be counted there. */
  readonly totalled: boolean
  /** `http.request.method`. */
  readonly method: string
  /** `http.response.status_code`, or undefined where no response came. */
  readonly responseStatus: number | undefined
  /** `error.type`, or undefined where nothing failed. */
  readonly errorType: string | undefined
  /** `url.scheme`. */
  readonly scheme: string
  /** `network.protocol.version`. */
  readonly protocolVersion: string
  /** `server.address`. */
  readonly serverAddress: string
  /** `server.port`. */
  readonly serverPort: number
  /** `http.route` where the span has one: it comes from the application itself. */
  readonly route: string | undefined
  /** Where the target's path stands, without query; empty where the target has none. */
  readonly pathBytes: Buffer
  readonly pathStart: number
  readonly pathEnd: number
  /** Body bytes, or undefined where they are not known. */
  readonly requestBody: number | undefined
  readonly responseBody: number | undefined
  /** The span's ids, decoded: 32 and 16 lower-case hex digits. */
  ids(): { readonly traceId: string; readonly spanId: string }
}
