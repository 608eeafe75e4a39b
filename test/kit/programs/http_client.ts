import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

// A client for other namespaces: `node http_client.ts ORIGIN CONNECTIONS`. Reads a list of requests
// as JSON from its standard input and sends them over so many connections that are kept alive.

interface Asked {
  method: string
  path: string
  body?: string
  chunks?: string[]
}

const [origin, connections] = process.argv.slice(2)
const all = JSON.parse(await text(process.stdin)) as Asked[]

function send({ method, path, body, chunks = [] }: Asked, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, origin), { agent, method }, (response) => {
      response.resume()
      response.on('error', reject)
      response.on('end', resolve)
    })
    outgoing.on('error', reject)
    for (const chunk of chunks) outgoing.write(chunk)
    outgoing.end(body)
  })
}

async function one(start: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (let i = start; i < all.length; i += Number(connections)) await send(all[i]!, agent)
  agent.destroy()
}

await Promise.all(Array.from({ length: Number(connections) }, (_, start) => one(start)))
