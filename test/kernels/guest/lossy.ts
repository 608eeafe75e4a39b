import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

// Connections over the loopback of which each says something and waits for the answer, again and
// again; then they are kept until the program is asked to end.

/** How often, on which port, and what netem does to each packet in each direction. */
export const LOSSY = {
  port: 8081,
  connections: 4,
  rounds: 50,
  delayMs: 20,
  lossPercent: 5,
} as const

async function talk(socket: Socket): Promise<void> {
  for (let round = 0; round < LOSSY.rounds; round++) {
    socket.write('ping')
    await once(socket, 'data')
  }
}

if (import.meta.main) {
  const server = createServer({ noDelay: true }, (socket) => void socket.pipe(socket))
  server.listen(LOSSY.port, '127.0.0.1')
  await once(server, 'listening')
  const sockets = Array.from({ length: LOSSY.connections }, () =>
    connect({ port: LOSSY.port, host: '127.0.0.1', noDelay: true }),
  )
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  await Promise.all(sockets.map(talk))
  process.once('SIGTERM', () => {
    for (const socket of sockets) socket.end()
    server.close()
  })
  process.stdout.write('done\n')
}
