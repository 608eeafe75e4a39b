import { request as httpRequest, type ClientRequest, type RequestOptions } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { HttpAnswer } from './answer.ts'
import type { ConnectionPool } from './pool.ts'

/** One request. */
export interface Post {
  readonly url: URL
  readonly headers: OutgoingHttpHeaders
  readonly body: Buffer
  readonly timeoutMs: number
  /** Ends it. */
  readonly signal: AbortSignal
}

/** As much of an answer is read; the Collector's limit. */
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Sends one request. Rejects where there is no answer. A server may close a connection that waits for
 * requests just when one is sent: that is no failure of the server's, so another connection is taken.
 */
export async function post(pool: ConnectionPool, what: Post): Promise<HttpAnswer> {
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

function wasClosedBefore(request: ClientRequest, error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')
}

interface Begun {
  readonly request: ClientRequest
  readonly answer: Promise<HttpAnswer>
}

function begin(pool: ConnectionPool, { url, headers, body, timeoutMs, signal }: Post): Begun {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const options: RequestOptions = { method: 'POST', agent: pool.agentFor(url), headers, signal }
  const request = send(url, options)
  const answer = new Promise<HttpAnswer>((resolve, reject) => {
    const late = new Error(`no answer within ${Math.round(timeoutMs)} ms`)
    const timer = setTimeout(() => request.destroy(late), timeoutMs)
    request.on('close', () => clearTimeout(timer))
    request.on('error', reject)
    request.on('response', (response) => void readAnswer(response).then(resolve, reject))
  })
  request.end(body)
  return { request, answer }
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    // Leaving the loop closes the connection.
    if (length >= MAX_ANSWER_BYTES) break
  }
  const { statusCode: status = 0, headers } = response
  return { status, headers, body: Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES) }
}
