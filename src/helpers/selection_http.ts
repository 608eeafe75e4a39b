import type { HttpObservations } from '../pdata/http_observations.ts'
import { HTTP_EXCHANGE } from '../pdata/http_record.ts'
import { ByteSearch, startsWith } from './byte_search.ts'

/** What an exchange is besides somebody's business; empty where it is not. */
export type HttpChore = '' | 'kubelet_probe' | 'telemetry_export' | 'metrics_scrape'

/** Which of them are to be told apart. */
export interface HttpChoreOptions {
  readonly kubelet_probes: boolean
  readonly telemetry_exports: boolean
  readonly metrics_scrapes: boolean
}

const KUBE_PROBE = 'kube-probe/'
const PROMETHEUS = 'Prometheus/'
const OPENMETRICS = 'openmetrics-text'

/** Paths of OTLP/HTTP end in these (OTLP specification, "OTLP/HTTP Request"). */
const EXPORT_PATHS = ['/v1/traces', '/v1/metrics', '/v1/logs', '/v1development/profiles'].map(
  (path) => Buffer.from(path),
)
/** The types of their bodies. */
const EXPORT_TYPES = ['application/x-protobuf', 'application/json'].map((type) => Buffer.from(type))

const USER_AGENT = Buffer.from('user-agent:')
const ACCEPT = Buffer.from('accept:')
const CONTENT_TYPE = Buffer.from('content-type:')

/** The first four bytes of a request, as a little-endian word. */
const GET = 0x20544547
const POST = 0x54534f50

const TAB = 0x09
const LF = 0x0a
const SPACE = 0x20
const QUERY = 0x3f
/** First letters of the marks. */
const K = 0x6b
const P = 0x50
const O = 0x6f

/**
 * Tells by their heads the requests that a node's own machinery makes: the kubelet's probes
 * (`User-Agent: kube-probe/…`), exports over OTLP/HTTP (POST to its paths, with its content types
 * where the record has that header), and scrapes of metrics (GET with `User-Agent: Prometheus/…` or
 * an `Accept` of OpenMetrics). Allocates nothing.
 */
export class HttpChores {
  readonly #options: HttpChoreOptions
  readonly #marks: ByteSearch | undefined

  constructor(options: HttpChoreOptions) {
    this.#options = options
    const marks = [
      ...(options.kubelet_probes ? [KUBE_PROBE] : []),
      ...(options.metrics_scrapes ? [PROMETHEUS, OPENMETRICS] : []),
    ]
    this.#marks = marks.length > 0 ? new ByteSearch(marks) : undefined
  }

  /** Which of them record `i` is. */
  choreOf(records: HttpObservations, i: number): HttpChore {
    const { bytes } = records
    const start = records.offset(i) + HTTP_EXCHANGE.head
    const end = start + records.headLength(i)
    const word = end - start < 4 ? 0 : bytes.readInt32LE(start)
    if (word === GET && this.#marks) {
      return this.#markOf(this.#marks, bytes, start, end)
    }
    if (word !== POST || !this.#options.telemetry_exports) return ''
    return isExport(bytes, start, end) ? 'telemetry_export' : ''
  }

  /** The marks may also stand in a path, or in a header that means something else. */
  #markOf(marks: ByteSearch, bytes: Buffer, start: number, end: number): HttpChore {
    let at = marks.find(bytes, start, end)
    for (; at >= 0; at = marks.find(bytes, at + 1, end)) {
      const line = bytes.lastIndexOf(LF, at) + 1
      if (line <= start) continue
      const mark = bytes[at]
      if (mark === K && valueOf(bytes, line, end, USER_AGENT) === at) return 'kubelet_probe'
      if (mark === P && valueOf(bytes, line, end, USER_AGENT) === at) return 'metrics_scrape'
      if (mark === O && valueOf(bytes, line, end, ACCEPT) >= 0) return 'metrics_scrape'
    }
    return ''
  }
}

function isExport(bytes: Buffer, start: number, end: number): boolean {
  let at = start + 'POST '.length
  while (at < end && bytes[at] !== SPACE && bytes[at] !== QUERY) at++
  if (!EXPORT_PATHS.some((path) => startsWith(bytes, at - path.length, at, path))) return false
  const type = headerOf(bytes, at, end, CONTENT_TYPE)
  return type < 0 || EXPORT_TYPES.some((one) => startsWith(bytes, type, end, one))
}

/** Where the value of a header begins; -1 where there is none. */
function headerOf(bytes: Buffer, from: number, end: number, name: Uint8Array): number {
  for (let line = nextLine(bytes, from, end); line < end; line = nextLine(bytes, line, end)) {
    const value = valueOf(bytes, line, end, name)
    if (value >= 0) return value
  }
  return -1
}

function nextLine(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== LF) at++
  return at + 1
}

/** Where the value begins on a line that begins with the header `name`; -1 where it does not. */
function valueOf(bytes: Buffer, line: number, end: number, name: Uint8Array): number {
  if (line + name.length > end) return -1
  for (let i = 0; i < name.length; i++) {
    // A letter's capital differs in this bit, which hyphen and colon have set.
    if (((bytes[line + i] as number) | 0x20) !== name[i]) return -1
  }
  let at = line + name.length
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++
  return at
}
