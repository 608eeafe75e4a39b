import type { OutgoingHttpHeaders } from 'node:http'
import { failureOf } from '../../src/helpers/auth_failure.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { HttpClient } from '../../src/helpers/http_client.ts'
import type { HttpAnswer } from '../../src/helpers/http_request.ts'
import { withoutPassword } from '../../src/helpers/http_url.ts'
import type { Attempt, SendResult } from '../../src/helpers/send_result.ts'
import { readAnswer, writtenIn, type WriteResult } from './answer.ts'
import { readBundle, type Bundle, type Part } from './bundle.ts'
import type { PrometheusRemoteWriteConfig } from './config.ts'
import type { WriteMetrics } from './metrics.ts'

/** Headers by the version of the protocol. */
const VERSIONS = {
  1: { type: 'application/x-protobuf', version: '0.1.0' },
  2: { type: 'application/x-protobuf;proto=io.prometheus.write.v2.Request', version: '2.0.0' },
} as const

/** What has become of the parts of a bundle so far; what is not there has to be sent still. */
type Progress = Map<Part, Exclude<WriteResult, { kind: 'retry' }>>

interface InWork {
  readonly bundle: Bundle
  readonly done: Progress
}

/** Carries requests of Remote Write. */
export class WriteTransport {
  readonly #settings: Settings
  readonly #config: PrometheusRemoteWriteConfig
  readonly #client: HttpClient
  readonly #metrics: WriteMetrics
  /** A bundle of which a part failed is tried again with the same buffer. */
  readonly #inWork = new WeakMap<Buffer, InWork>()
  #warned = false

  constructor(
    settings: Settings,
    config: PrometheusRemoteWriteConfig,
    metrics: WriteMetrics,
    clock: Clock = systemClock,
  ) {
    this.#settings = settings
    this.#config = config
    this.#metrics = metrics
    this.#client = new HttpClient(settings, config, clock)
  }

  /** Gets what it needs; does not connect. */
  async start(): Promise<void> {
    await this.#client.start({ tls: this.#config.endpoint.protocol === 'https:' })
  }

  /** Sends those requests of a bundle that were not taken or refused before. Never rejects. */
  async send(body: Buffer, attempt: Attempt): Promise<SendResult> {
    const work = this.#inWork.get(body) ?? { bundle: readBundle(body), done: new Map() }
    this.#inWork.set(body, work)
    const waiting = work.bundle.parts.filter((part) => !work.done.has(part))
    const next = waiting.values()
    const retries: Extract<WriteResult, { kind: 'retry' }>[] = []
    const consume = async (): Promise<void> => {
      for (const part of next) {
        const result = await this.#sendPart(work.bundle.version, part, attempt)
        if (result.kind === 'retry') retries.push(result)
        else work.done.set(part, result)
      }
    }
    await Promise.all(Array.from({ length: this.#parallel }, consume))
    const [first] = retries
    return first ? latest(first, retries) : summed(work)
  }

  /** Ends connections. May be repeated, and come before `start` is over. */
  close(): void {
    this.#client.close()
  }

  get #parallel(): number {
    const { max_batch_request_parallelism, remote_write_queue } = this.#config
    return max_batch_request_parallelism ?? remote_write_queue.num_consumers
  }

  async #sendPart(version: 1 | 2, part: Part, attempt: Attempt): Promise<WriteResult> {
    try {
      const headers = { ...(await this.#client.headers(attempt)), ...protocolHeaders(version) }
      const { endpoint: url } = this.#config
      const answer = await this.#client.send({ ...attempt, url, headers, body: part.body })
      this.#metrics.sent++
      if (version === 2) this.#look(answer)
      return readAnswer(answer, version, part, Date.now())
    } catch (error) {
      return failureOf(error)
    }
  }

  /** A server that takes version 2 says how much it wrote: one that does not may have dropped it. */
  #look({ status, headers }: HttpAnswer): void {
    const written = writtenIn(headers)
    this.#metrics.addWritten(written)
    if (this.#warned || status >= 300 || written.samples !== undefined) return
    this.#warned = true
    const fields = { url: withoutPassword(this.#config.endpoint) }
    this.#settings.log.warn(fields, 'What answers here may not know Remote Write 2.0.')
  }
}

function protocolHeaders(version: 1 | 2): OutgoingHttpHeaders {
  const { type, version: number } = VERSIONS[version]
  return {
    'content-type': type,
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': number,
  }
}

/** The longest of the waits that were asked for. */
function latest(
  first: Extract<SendResult, { kind: 'retry' }>,
  retries: readonly { readonly afterMs?: number }[],
): SendResult {
  const waits = retries.flatMap(({ afterMs }) => (afterMs === undefined ? [] : [afterMs]))
  if (waits.length === 0) return first
  return { ...first, afterMs: Math.max(...waits) }
}

function summed({ done }: InWork): SendResult {
  let rejected = 0
  let reason = ''
  let anyWritten = false
  for (const [part, result] of done) {
    if (result.kind === 'rejected') {
      rejected += part.items
      reason ||= result.reason
      continue
    }
    anyWritten = true
    rejected += part.items - result.written
    reason ||= result.message
  }
  if (!anyWritten) return { kind: 'rejected', reason }
  if (rejected === 0) return { kind: 'sent' }
  return { kind: 'sent', rejected, message: `${rejected} data points rejected: ${reason}` }
}
