import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { realSurroundings, type Request } from './surroundings.ts'

/** What comes back from a server of this test. */
async function ask(
  answer: RequestListener,
  request: Omit<Request, 'url'>,
  signal: AbortSignal,
): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    return await realSurroundings.request({ ...request, url: `http://127.0.0.1:${port}/x` }, signal)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const NEVER = new AbortController().signal

it('asks with method and headers, and reads the answer', async () => {
  const echo: RequestListener = ({ method, url, headers }, response) => {
    response.end(`${method} ${url} ${String(headers['metadata'])}`)
  }
  const request = { method: 'PUT', headers: { Metadata: 'true' } } as const
  expect(await ask(echo, request, NEVER)).toBe('PUT /x true')
})

it('takes no other status than 200, and no more than 1 MiB', async () => {
  const missing: RequestListener = (_, response) => response.writeHead(404).end('no')
  await expect(ask(missing, {}, NEVER)).rejects.toThrow(/\/x answered with status 404$/)
  const large: RequestListener = (_, response) => void response.end(Buffer.alloc(1024 * 1024 + 1))
  await expect(ask(large, {}, NEVER)).rejects.toThrow(/\/x answered with more than 1 MiB$/)
})

it('ends with its signal', async () => {
  const over = new AbortController()
  const silent: RequestListener = () => over.abort()
  await expect(ask(silent, {}, over.signal)).rejects.toThrow('aborted')
})
