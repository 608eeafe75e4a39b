import { openSync, unlinkSync, writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

// A small HTTP server for tests: `node http_server.ts PORT HOST`. What it does stands in the path:
//   /status/404    that status              /slow/250     an answer after 250 ms
//   /length/5000   a body of 5000 bytes     /continue     100 Continue, then the body's length
//   /chunked/3     a body of 3 chunks       /echo         the request's body
//   /headers       the request's headers    /hang         no answer at all
//   /close         the connection closed in the middle of a body
//   /busy/20       20 ms of CPU before the answer
//   /keep/1000     1000 bytes written to a file of its own before the answer

// Its name is gone at once, so that nobody has to remove it.
const name = join(tmpdir(), `http_server-${process.pid}`)
const file = openSync(name, 'w')
unlinkSync(name)

type Behaviour = (argument: number, request: IncomingMessage, response: ServerResponse) => unknown

const behaviours: Record<string, Behaviour> = {
  status: (code, _, response) => response.writeHead(code || 200).end(),
  length: (bytes, _, response) => response.end('x'.repeat(bytes)),
  chunked: async (chunks, _, response) => {
    for (let i = 0; i < chunks; i++) {
      response.write(`chunk ${i}\n`)
      await sleep(1)
    }
    response.end()
  },
  slow: async (delayMs, _, response) => {
    await sleep(delayMs)
    response.end('slow')
  },
  continue: async (_, request, response) => {
    let bytes = 0
    for await (const chunk of request) bytes += (chunk as Buffer).length
    response.end(String(bytes))
  },
  echo: (_, request, response) => request.pipe(response),
  headers: (_, request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(request.headers))
  },
  hang: () => {},
  busy: (ms, _, response) => {
    const { user } = process.cpuUsage()
    while (process.cpuUsage().user < user + ms * 1000);
    response.end('done')
  },
  keep: (bytes, _, response) => {
    writeSync(file, Buffer.alloc(bytes))
    response.end('kept')
  },
  close: (_, __, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('x')
    setTimeout(() => response.destroy(), 10)
  },
}

const handle = (request: IncomingMessage, response: ServerResponse) => {
  const [, name = '', argument] = new URL(request.url!, 'http://localhost').pathname.split('/')
  const behaviour = Object.hasOwn(behaviours, name) ? behaviours[name] : undefined
  void (behaviour ? behaviour(Number(argument ?? 0), request, response) : response.end('hello'))
}

const [port, host] = process.argv.slice(2)
const server = createServer({ keepAliveTimeout: 60_000 }, handle)
server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
  response.writeContinue()
  handle(request, response)
})
server.listen({ port: Number(port), host })
process.once('SIGTERM', () => process.exit(0))
