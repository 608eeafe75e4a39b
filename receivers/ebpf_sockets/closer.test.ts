import { afterEach, describe, expect, it } from 'vitest'
import { cleansUp, eventually, isRoot, kernelHas } from '../../test/kit/fixtures.ts'
import { type Host, twoHosts } from '../../test/kit/hosts.ts'
import { follow, type Following, sum } from './reports_for_tests.ts'

cleansUp()

let following: Following | undefined
afterEach(() => following?.receiver.shutdown())

/** Answers with the pid of the process at work; where it is asked to it waits for the other end to close. */
const ANSWER = `
import os, socket
def answer(connection):
    waits = connection.recv(1) == b'w'
    connection.sendall(str(os.getpid()).encode().ljust(10))
    if waits: connection.recv(1)
    connection.close()
`

/** Processes that accept from a listener which all of them and their parent hold. */
const PRE_FORKED = `${ANSWER}
listener = socket.create_server(('', 7000))
for _ in range(3):
    if os.fork() == 0:
        while True: answer(listener.accept()[0])
print('ready', flush=True)
os.wait()
`

/** A process that accepts and has a new one do the work, which begins once the first has let go of the socket. */
const FORKING = `${ANSWER}
listener = socket.create_server(('', 7000))
print('ready', flush=True)
while True:
    connection = listener.accept()[0]
    letting_go, held = os.pipe()
    if os.fork() == 0:
        listener.close()
        os.close(held)
        os.read(letting_go, 1)
        answer(connection)
        os._exit(0)
    connection.close()
    os.close(held)
    os.close(letting_go)
`

/** Connects so many times, one after the other, and prints from which port and who answered. */
function clientOf(to: string, times: number): string {
  return `
import socket
for i in range(${times}):
    with socket.create_connection(('${to}', 7000)) as s:
        waits = i % 2
        s.sendall(b'w' if waits else b'x')
        pid = s.recv(10, socket.MSG_WAITALL).decode().strip()
        print(s.getsockname()[1], pid)
        if not waits: s.recv(1)
`
}

const TIMES = 20

/** Who each connection of the server was told to belong to, and who answered it, by the client's port. */
async function ownersOf(server: string): Promise<{ told: Owners; answered: Owners; pid: number }> {
  const [near, far] = await twoHosts()
  following = await follow()
  const { pid } = await listening(far, server)
  const { stdout } = await near.run('python3', ['-c', clientOf(far.ipv4, TIMES)])
  await eventually(() => expect(sum(following!.of(far, 'server'), 'closed')).toBe(TIMES))
  const closed = following.of(far, 'server').filter((one) => one.closed)
  const answered = stdout.trim().split('\n')
  return {
    told: new Map(closed.map(({ peer, pid: owner }) => [Number(peer.split(' ')[1]), owner])),
    answered: new Map(answered.map((line) => line.split(' ').map(Number) as [number, number])),
    pid,
  }
}

type Owners = ReadonlyMap<number, number>

async function listening(host: Host, program: string) {
  const server = await host.start('python3', ['-uc', program])
  await server.waitForOutput(/ready/)
  return server
}

describe.skipIf(!isRoot() || !kernelHas('btf'))('an accepted connection that ends', () => {
  it.each([
    ['one of several that listen together', PRE_FORKED],
    ['one that another process has accepted it for', FORKING],
  ])('belongs to the process that closed it: %s', async (_, server) => {
    const { told, answered, pid } = await ownersOf(server)
    expect(answered.size).toBe(TIMES)
    expect([...answered.values()]).not.toContain(pid)
    expect(told).toEqual(answered)
  })
})
