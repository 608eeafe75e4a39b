import { Agent, request } from 'node:http'
import { unpack } from './debian.ts'
import { run, type RunResult, type StartOptions } from './processes.ts'
import { findProgram } from './programs.ts'

/** Runs curl, the system's or else Debian's unpacked one; throws when curl fails. */
export async function curl(
  args: readonly string[],
  options: StartOptions = {},
): Promise<RunResult> {
  const path = findProgram('curl')
  const quiet = ['--silent', '--show-error', ...args]
  if (path) return run(path, quiet, options)
  const { env, program } = await unpack('curl')
  return run(program('curl'), quiet, { ...options, env: { ...env, ...options.env } })
}

export interface HttpAnswer {
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: string
  /** The client's port: the same for all requests of one connection. */
  localPort: number
}

export interface HttpRequest {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** An HTTP client with one keep-alive connection, over which requests follow each other. */
export function keepAliveClient(origin: string): {
  send(path: string, options?: HttpRequest): Promise<HttpAnswer>
  close(): void
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    send: (path, options = {}) => sendOver(agent, new URL(path, origin), options),
    close: () => agent.destroy(),
  }
}

function sendOver(
  agent: Agent,
  url: URL,
  { method = 'GET', headers = {}, body }: HttpRequest,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers }, (response) => {
      const localPort = response.socket.localPort!
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode!, headers: response.headers, body: text, localPort })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
