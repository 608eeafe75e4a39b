import { request as requestPlain, type RequestOptions } from 'node:http'
import { request as requestSecure } from 'node:https'

/** Longest answer that is read, in bytes. */
const MAX_ANSWER = 1024 * 1024

/** A form that is posted. */
export interface FormPost {
  readonly url: URL
  readonly form: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly options: RequestOptions
}

/** What came back. */
export interface FormAnswer {
  readonly status: number
  readonly text: string
}

/** Posts a form over a connection of its own. Rejects where there is no whole answer in time. */
export function postForm({
  url,
  form,
  headers,
  timeoutMs,
  options,
}: FormPost): Promise<FormAnswer> {
  const body = Buffer.from(form.toString())
  return new Promise((resolve, reject) => {
    const post = url.protocol === 'https:' ? requestSecure : requestPlain
    const request = post(url, {
      ...options,
      method: 'POST',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...headers,
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': body.length,
      },
    })
    request.on('error', (error) => {
      const isTimeout = error.name === 'TimeoutError' || error.name === 'AbortError'
      reject(isTimeout ? new Error(`no answer within ${timeoutMs} ms`) : error)
    })
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > MAX_ANSWER) request.destroy(new Error('the answer is too long'))
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, text })
      })
    })
    request.end(body)
  })
}
