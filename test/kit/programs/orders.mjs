// A small service for a test: `node orders.mjs PORT`. The same in Go and Python stands beside it.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  const answer = (status, text) => response.writeHead(status).end(text)
  if (request.method === 'POST' && request.url === '/orders') {
    request.resume().on('end', () => answer(201, 'created'))
  } else if (request.url.startsWith('/orders/')) answer(200, 'x'.repeat(100))
  else if (request.url === '/fail') answer(500, 'failed')
  else if (request.url === '/slow') setTimeout(() => answer(200, 'slow'), 120)
  else answer(404, 'nothing')
})
server.keepAliveTimeout = 60_000
server.listen(Number(process.argv[2]), '127.0.0.1')
