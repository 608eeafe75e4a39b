import { Agent, request } from 'node:http'
import { type Exchange, exchangeAt, EXCHANGES, PORT } from './exchanges.ts'

// Makes every exchange, a few at a time over connections that are kept, and prints the statuses.

const AT_ONCE = 8
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
const statuses: number[] = []
let next = 0

/** One after the other, until there are none left. */
async function makeSome(): Promise<void> {
  while (next < EXCHANGES) {
    const index = next++
    statuses[index] = await make(exchangeAt(index))
  }
}

async function make({ method, path, sends, inChunks, ipv6 }: Exchange): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const host = ipv6 ? '::1' : '127.0.0.1'
  const outgoing = request({ agent, method, path, host, port: PORT })
  // Some methods have no body by default, and its framing has to be said.
  if (sends > 0 && inChunks) outgoing.setHeader('transfer-encoding', 'chunked')
  else outgoing.setHeader('content-length', sends)
  outgoing.on('error', reject).on('response', (response) => {
    response.on('error', reject).on('end', () => resolve(response.statusCode as number))
    response.resume()
  })
  if (sends > 0) outgoing.write(Buffer.alloc(sends, 'y'))
  outgoing.end()
  return promise
}

await Promise.all(Array.from({ length: AT_ONCE }, makeSome))
agent.destroy()
process.stdout.write(`${JSON.stringify(statuses)}\n`)
