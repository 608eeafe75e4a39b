import { request as httpRequest, type ClientRequest, type RequestOptions } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { ConnectionPool } from './http_pool.ts'

/** The answer to one request. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** One request. */
export interface HttpRequest {
  readonly url: URL
  /** `POST` unless given. */
  readonly method?: 'GET' | 'POST'
  readonly headers: OutgoingHttpHeaders
  readonly body?: Buffer
  /** As much of the answer is read; `tooLong` says whether the rest is left out, or the request fails. */
  readonly maxAnswerBytes?: number
  readonly tooLong?: 'cut' | 'fail'
  readonly timeoutMs: number
  /** Ends it. */
  readonly signal: AbortSignal
}

/** As much of an answer is read unless told otherwise; the Collector's limit. */
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Sends one request. Rejects where there is no answer. A server may close a connection that waits for
 * requests just when one is sent: that is no failure of the server's, so another connection is taken.
 */
export async function request(pool: ConnectionPool, what: HttpRequest): Promise<HttpAnswer> {
  const endsAt = performance.now() + what.timeoutMs
  for (;;) {
    const timeoutMs = Math.max(1, endsAt - performance.now())
    const attempt = begin(pool, { ...what, timeoutMs })
    try {
      return await attempt.answer
    } catch (error) {
      if (!wasClosedBefore(attempt.request, error)) throw error
    }
  }
}

/** True where a connection that waited for requests was closed just when one was sent. */
export function wasClosedBefore(request: ClientRequest, error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')
}

interface Begun {
  readonly request: ClientRequest
  readonly answer: Promise<HttpAnswer>
}

function begin(pool: ConnectionPool, what: HttpRequest): Begun {
  const { url, method = 'POST', headers, body, timeoutMs, signal } = what
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const options: RequestOptions = { method, agent: pool.agentFor(url), headers, signal }
  const begun = send(url, options)
  const answer = new Promise<HttpAnswer>((resolve, reject) => {
    const late = new Error(`no answer within ${Math.round(timeoutMs)} ms`)
    const timer = setTimeout(() => begun.destroy(late), timeoutMs)
    begun.on('close', () => clearTimeout(timer))
    begun.on('error', reject)
    begun.on('response', (response) => void readAnswer(response, what).then(resolve, reject))
  })
  begun.end(body)
  return { request: begun, answer }
}

async function readAnswer(
  response: IncomingMessage,
  { maxAnswerBytes = MAX_ANSWER_BYTES, tooLong = 'cut' }: HttpRequest,
): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    // Leaving the loop closes the connection.
    if (length > maxAnswerBytes && tooLong === 'fail') {
      throw new Error(`answer of more than ${maxAnswerBytes} bytes`)
    }
    if (length >= maxAnswerBytes && tooLong === 'cut') break
  }
  const { statusCode: status = 0, headers } = response
  return { status, headers, body: Buffer.concat(chunks).subarray(0, maxAnswerBytes) }
}
