import { Agent, request } from 'node:https'

/** An object of the API, as kubectl prints it: of dozens of shapes, which a test knows by heart. */
// oxlint-disable-next-line typescript/no-explicit-any -- a type for each field would be the whole API.
export type KubeObject = Record<string, any>

/** What the API server answered. */
export interface Answer {
  readonly status: number
  readonly body: KubeObject
}

/** A change that a watch tells. */
export interface Change {
  readonly type: string
  readonly object: KubeObject
}

/** What comes with a request. */
export interface RequestOptions {
  readonly body?: unknown
  readonly contentType?: string
}

/** Talks to an API server as somebody. */
export class KubeClient {
  readonly #agent: Agent
  readonly #url: string
  readonly #token: string
  readonly #userAgent: string

  constructor(url: string, ca: Buffer, token: string, userAgent: string) {
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 8 })
    this.#url = url
    this.#token = token
    this.#userAgent = userAgent
  }

  /** Sends a request and returns the answer, whatever its status. */
  async call(
    method: string,
    path: string,
    { body, contentType = 'application/json' }: RequestOptions = {},
  ): Promise<Answer> {
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = {
      authorization: `Bearer ${this.#token}`,
      accept: 'application/json',
      'user-agent': this.#userAgent,
      ...(text && { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
    }
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.#url}${path}`,
        { method, headers, agent: this.#agent },
        (got) => {
          const parts: Buffer[] = []
          got.on('data', (part: Buffer) => parts.push(part))
          got.on('error', reject)
          got.on('end', () => {
            resolve({ status: got.statusCode ?? 0, body: parsed(Buffer.concat(parts).toString()) })
          })
        },
      )
      sent.on('error', reject)
      sent.end(text)
    })
  }

  /** Sends a request and returns the object; rejects with what the API server says against it. */
  async ask(method: string, path: string, options: RequestOptions = {}): Promise<KubeObject> {
    const { status, body } = await this.call(method, path, options)
    if (status < 300) return body
    throw new Error(`${method} ${path}: ${status} ${String(body['message'] ?? '')}`)
  }

  /** Calls back for each change that a watch tells, until it ends or the signal ends it. */
  async watch(
    path: string,
    signal: AbortSignal,
    onChange: (change: Change) => void,
  ): Promise<void> {
    const headers = { authorization: `Bearer ${this.#token}`, 'user-agent': this.#userAgent }
    await new Promise<void>((resolve, reject) => {
      // A connection of its own, which nobody waits for.
      const options = { headers, signal, agent: new Agent({ ca: this.#agent.options.ca }) }
      const sent = request(`${this.#url}${path}`, options, (got) => {
        let rest = ''
        got.setEncoding('utf8').on('data', (text: string) => {
          const lines = `${rest}${text}`.split('\n')
          rest = lines.pop()!
          for (const line of lines) onChange(JSON.parse(line) as Change)
        })
        got.on('close', resolve)
        got.on('error', () => resolve())
      })
      sent.on('error', (error) => (signal.aborted ? resolve() : reject(error)))
      sent.end()
    })
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#agent.destroy()
  }
}

function parsed(text: string): KubeObject {
  try {
    return JSON.parse(text) as KubeObject
  } catch {
    return { message: text }
  }
}
