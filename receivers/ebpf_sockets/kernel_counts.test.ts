import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { cleansUp, eventually, isRoot, kernelHas } from '../../test/kit/fixtures.ts'
import { unpack } from '../../test/kit/debian.ts'
import { type Host, twoHosts, twoHostsFarApart } from '../../test/kit/hosts.ts'
import { nstat } from '../../test/kit/nstat.ts'
import { follow, type Following, sum } from './reports_for_tests.ts'

cleansUp()

let following: Following | undefined
afterEach(() => following?.receiver.shutdown())

/** Sends so many bytes, says when all of them are acknowledged, and keeps the connection. */
function sendAndHold(to: string, bytes: number): string {
  return `
import fcntl, socket, struct, termios, time
s = socket.create_connection(('${to}', 7000))
s.sendall(bytes(${bytes}))
while struct.unpack('i', fcntl.ioctl(s, termios.TIOCOUTQ, bytes(4)))[0]: time.sleep(0.01)
print('sent', flush=True)
time.sleep(60)
`
}

/** Answers each ten bytes with ten, and ends when its client does. */
const ECHO = `
import socket, threading
listener = socket.create_server(('', 7000), backlog=128)
print('ready', flush=True)
def answer(connection):
    while (asked := connection.recv(10, socket.MSG_WAITALL)): connection.sendall(asked)
    connection.close()
while True:
    threading.Thread(target=answer, args=(listener.accept()[0],)).start()
`

/**
 * Asks so often over each of so many connections at once, which then stay open. Says how many
 * microseconds it took to connect at most.
 */
function ask(to: string, connections: number, times: number): string {
  return `
import socket, threading, time
kept = []
took = []
def ask():
    start = time.monotonic_ns()
    s = socket.create_connection(('${to}', 7000)); kept.append(s)
    took.append((time.monotonic_ns() - start) // 1000)
    for _ in range(${times}): s.sendall(b'0123456789'); s.recv(10, socket.MSG_WAITALL)
threads = [threading.Thread(target=ask) for _ in range(${connections})]
for thread in threads: thread.start()
for thread in threads: thread.join()
print('asked', max(took), flush=True)
threading.Event().wait()
`
}

async function startEcho(host: Host): Promise<void> {
  const program = await host.start('python3', ['-c', ECHO])
  await program.waitForOutput(/ready/)
}

/** Has nft give up so many in a hundred of the TCP segments that a host is sent. */
async function loseSegments(host: Host, percent: number): Promise<void> {
  const { env, program } = await unpack('nftables')
  const rule = `meta l4proto tcp numgen random mod 100 < ${percent} drop`
  const rules = `table ip t {\nchain c {\ntype filter hook input priority 0; ${rule}\n}\n}`
  await host.run(program('nft'), [rules], { env })
}

/** Round-trip time and the least one of the connections to port 7000, in microseconds. */
async function roundTrips(host: Host): Promise<[srtt: number, least: number][]> {
  const { stdout } = await host.run('ss', ['-tinH', 'dport', '=', ':7000'])
  const us = (ms: string | undefined): number => Math.round(Number(ms) * 1000)
  const rows = stdout.matchAll(/ rtt:([\d.]+)\/.* minrtt:([\d.]+)/g)
  return [...rows].map(([, rtt, least]) => [us(rtt), us(least)])
}

describe.skipIf(!isRoot() || !kernelHas('btf'))('what ebpf_sockets tells', () => {
  it('[1.17] follows a delay of 20 ms each way, in microseconds, as ss has it', async () => {
    const delayMs = 20
    const [near, far] = (await twoHostsFarApart({ delayMs })).hosts
    following = await follow()
    await startEcho(far)
    const client = await near.start('python3', ['-c', ask(far.ipv4, 1, 20)])
    await client.waitForOutput(/asked \d+\n/)
    await eventually(async () => {
      const [truth] = await roundTrips(near)
      const last = following!.of(near, 'client').findLast(({ srtt_us }) => srtt_us)
      expect([last?.srtt_us, last?.min_rtt_us]).toEqual(truth)
    })
    const told = following.of(near, 'client')
    for (const gauge of ['srtt_us', 'min_rtt_us', 'connect_us'] as const) {
      const values = told.flatMap((one) => one[gauge] ?? [])
      expect(Math.min(...values), gauge).toBeGreaterThanOrEqual(2 * delayMs * 1000)
    }
    const [connecting, ...others] = told.filter(({ connect_us }) => connect_us)
    expect(others).toEqual([])
    expect(connecting?.connect_us).toBeLessThanOrEqual(
      Number(/asked (\d+)/.exec(client.stdout)![1]),
    )
  })

  it('[1.16] is what nstat counts where nft loses segments at random', async () => {
    const [near, far] = await twoHosts()
    await startEcho(far)
    await loseSegments(far, 5)
    await loseSegments(near, 5)
    following = await follow()
    const client = await near.start('python3', ['-c', ask(far.ipv4, 10, 20)])
    await client.waitForOutput(/asked \d+\n/, { timeoutMs: 60_000 })
    await eventually(async () => {
      const { TcpOutSegs, TcpRetransSegs } = await nstat(near)
      expect(TcpRetransSegs).toBeGreaterThan(0)
      const told = following!.of(near)
      expect([sum(told, 'packets_sent'), sum(told, 'retransmits')]).toEqual([
        TcpOutSegs! + TcpRetransSegs!,
        TcpRetransSegs,
      ])
    })
    await eventually(async () => {
      const { TcpRetransSegs } = await nstat(far)
      expect(sum(following!.of(far), 'retransmits')).toBe(TcpRetransSegs)
    })
    expect(sum(following.of(near), 'bytes_sent')).toBe(10 * 20 * 10)
  })

  it('has the failed attempts and the resets that nstat counts', async () => {
    const [near, far] = await twoHosts()
    await startEcho(far)
    following = await follow()
    const script = `
import socket, struct
for _ in range(7):
    try: socket.create_connection(('${far.ipv4}', 7001))
    except ConnectionRefusedError: pass
for _ in range(5):
    with socket.create_connection(('${far.ipv4}', 7000)) as s:
        s.sendall(b'0123456789'); s.recv(10, socket.MSG_WAITALL)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
`
    await near.run('python3', ['-c', script])
    const { TcpAttemptFails, TcpOutRsts, TcpActiveOpens } = await nstat(near)
    expect([TcpAttemptFails, TcpOutRsts, TcpActiveOpens]).toEqual([7, 5, 12])
    await eventually(() => {
      const told = following!.of(near)
      expect(sum(told, 'failed')).toBe(TcpAttemptFails)
      expect(sum(told, 'resets_sent')).toBe(TcpOutRsts)
      expect(sum(told, 'opened')).toBe(TcpActiveOpens)
      expect(sum(following!.of(far), 'accepted')).toBe(5)
      expect(sum(following!.of(far), 'resets_received')).toBe(5)
    })
    expect((await nstat(far)).TcpPassiveOpens).toBe(5)
  })

  it('has each segment that came before its turn, as ss has them', async () => {
    const [near, far] = (await twoHostsFarApart({ drop: 0.03, seed: 7 })).hosts
    following = await follow()
    const sink = await far.start('python3', [
      '-c',
      `import socket
listener = socket.create_server(('', 7000))
print('ready', flush=True)
connection = listener.accept()[0]
while connection.recv(1 << 16): pass
`,
    ])
    await sink.waitForOutput(/ready/)
    const sender = await near.start('python3', ['-c', sendAndHold(far.ipv4, 1_000_000)])
    await sender.waitForOutput(/sent/)
    const { stdout } = await far.run('ss', ['-tinH', 'sport', '=', ':7000'])
    const early = Number(/ rcv_ooopack:(\d+)/.exec(stdout)?.[1])
    expect(early).toBeGreaterThan(0)
    await eventually(() => expect(sum(following!.of(far), 'out_of_order')).toBe(early))
  })

  it('has the time in which a full window of the receiver kept the sender waiting, as ss has it', async () => {
    const [near, far] = await twoHosts()
    following = await follow()
    const slow = await far.start('python3', [
      '-c',
      `import socket, time
listener = socket.create_server(('', 7000))
print('ready', flush=True)
connection = listener.accept()[0]
time.sleep(0.5)
while connection.recv(1 << 20): pass
`,
    ])
    await slow.waitForOutput(/ready/)
    // From then on it is certain how long a tick of the kernel's clock is.
    await sleep(1000)
    const sender = await near.start('python3', ['-c', sendAndHold(far.ipv4, 32 << 20)])
    await sender.waitForOutput(/sent/)
    // Nothing goes on any more; ss says all of it in whole milliseconds.
    const { stdout } = await near.run('ss', ['-tinH', 'dport', '=', ':7000'])
    const limited = Number(/ rwnd_limited:(\d+)ms/.exec(stdout)?.[1])
    expect(limited).toBeGreaterThan(0)
    await eventually(() => {
      const ms = sum(following!.of(near), 'rwnd_limited_us') / 1000
      expect(Math.abs(ms - limited)).toBeLessThan(1)
    })
    expect(sum(following.of(far), 'rwnd_limited_us')).toBe(0)
  })
})
