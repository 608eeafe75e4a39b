import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { atEnd } from '../kit/cleanup.ts'
import type { Below } from '../kit/random.ts'

/** A server that answers everything with something. */
export async function startNonsenseServer(
  below: Below,
): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => socket.write(nonsense(below)))
    socket.setTimeout(500, () => socket.destroy())
  })
  atEnd('a server that talks nonsense', () => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, close: () => server.close() }
}

/** One connection that says a few things and goes, mostly without waiting. */
export async function talkNonsense(port: number, below: Below): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  for (let i = 0; i < 4; i++) {
    await new Promise<void>((resolve) => {
      socket.write(nonsense(below), () => resolve())
    })
  }
  if (below(2) === 0) socket.destroy()
  else socket.end()
  await closed
}

const pieces = [
  'GET / HTTP/1.1\r\n',
  'POST /nonsense HTTP/1.1\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
  'HTTP/1.1 204 No\r\n\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'ffffffffffffffff\r\n',
  '0\r\n\r\n',
  '\r\n',
  '\n',
  '\0',
  'PROXY TCP4 ',
]

function nonsense(below: Below): Buffer {
  const parts = Array.from({ length: 1 + below(6) }, () => {
    if (below(3) > 0) return Buffer.from(pieces[below(pieces.length)]!)
    return Buffer.from(Array.from({ length: below(300) }, () => below(256)))
  })
  return Buffer.concat(parts)
}
