import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Exchange, exchangeAt, PORT } from './exchanges.ts'

// Answers each exchange as its number asks for.

const server = createServer((request, response) => {
  request.resume().on('end', () => answer(request, response))
})
// A guest can be slow, and a connection that is closed for that is no fault of the agent's.
Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 })
server.listen(PORT, '::', () => process.stdout.write('listening\n'))

function answer({ url }: IncomingMessage, response: ServerResponse): void {
  const exchange = exchangeAt(Number(/\d+/.exec(url as string)?.[0]))
  response.statusCode = exchange.status
  frame(response, exchange)
  response.end(Buffer.alloc(exchange.answers, 'x'))
}

function frame(response: ServerResponse, { framing, answers }: Exchange): void {
  if (framing === 'length') response.setHeader('content-length', answers)
  if (framing !== 'close') return
  response.useChunkedEncodingByDefault = false
  response.removeHeader('content-length')
  response.setHeader('connection', 'close')
}
