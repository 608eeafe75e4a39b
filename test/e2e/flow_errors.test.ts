import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleansUp, eventually, isRoot, kernelAtLeast, kernelHas, tempDir } from '../kit/fixtures.ts'
import { countFlows, type FlowRow, netnsOf, sumOf } from '../kit/flows.ts'
import { type Host, twoHosts } from '../kit/hosts.ts'
import { nstat } from '../kit/nstat.ts'

cleansUp()

const PORT = 5800

/** Runs a Python program on a host, which has `socket` and `struct`. */
const python = (host: Host, program: string): Promise<unknown> =>
  host.run('python3', ['-c', `import socket, struct\n${program}`])

/** A program that has a socket at a port and reads nothing from it. */
async function startDeaf(host: Host, bufferBytes: number): Promise<void> {
  const program = `
import signal, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ${bufferBytes})
s.bind(('', ${PORT}))
print('ready', flush=True)
signal.pause()
`
  await (await host.start('python3', ['-c', program])).waitForOutput(/ready/)
}

/** Sends datagrams in skbs of fifty, as QUIC does. */
function bulk(to: string, packets: number): string {
  return `
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(17, 103, 1000)  # UDP_SEGMENT
s.connect(('${to}', ${PORT}))
for _ in range(${packets / 50}): s.send(b'x' * 50000)
`
}

/** Sends datagrams with a checksum that is none of theirs. */
function faulty(to: string, count: number): string {
  return `
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 17)
for _ in range(${count}): s.sendto(struct.pack('!HHHH', 999, ${PORT}, 12, 0x1234) + b'abcd', ('${to}', 0))
`
}

/** Connections that end in every way in which nothing is lost. */
const ENDINGS = `
import os, socket, time
listener = socket.create_server(('127.0.0.1', ${PORT}))
def pair():
    near = socket.create_connection(('127.0.0.1', ${PORT}))
    far = listener.accept()[0]
    near.sendall(b'x' * 1000); far.recv(1000, socket.MSG_WAITALL)
    far.sendall(b'y' * 1000); near.recv(1000, socket.MSG_WAITALL)
    return near, far
def first(one, other):
    one.close(); other.recv(1); other.close()
def without_a_look(one, other):
    one.close(); other.close()
def half(one, other):
    one.shutdown(socket.SHUT_WR); other.recv(1); other.close(); one.recv(1); one.close()
def both_halves(one, other):
    one.shutdown(socket.SHUT_WR); other.shutdown(socket.SHUT_WR)
    other.recv(1); one.recv(1); one.close(); other.close()
def half_without_a_look(one, other):
    one.shutdown(socket.SHUT_WR); other.recv(1); other.close(); one.close()
def killed(one, other):
    child = os.fork()
    if child == 0: time.sleep(60)
    one.close(); other.close()
    os.kill(child, 9); os.waitpid(child, 0)
for end in (first, without_a_look, half, both_halves, half_without_a_look, killed):
    for _ in range(10):
        near, far = pair(); end(near, far)
        near, far = pair(); end(far, near)
`

/** What was dropped at a host, by reason. */
function dropsAt(host: Host, rows: readonly FlowRow[]): Record<string, number> {
  const own = rows.filter(({ netns, drops }) => netns === netnsOf(host) && drops > 0)
  const sums = new Map<string, number>()
  for (const { reason, drops } of own) sums.set(reason, (sums.get(reason) ?? 0) + drops)
  return Object.fromEntries(sums)
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('ebpf_flows', () => {
  it(
    '[1.2] hands over as much for a million packets as for fifty',
    { timeout: 60_000 },
    async () => {
      const [near, far] = await twoHosts()
      await startDeaf(far, 1 << 20)
      const taken: number[] = []
      for (const packets of [50, 1_000_000]) {
        const options = { collection_interval: '10m', drops: false, filters: { ports: PORT } }
        const flows = await countFlows(options)
        await python(near, bulk(far.ipv4, packets))
        // The sender closes its socket, which leaves its counts behind; nothing before.
        await eventually(() => expect(flows.counters.in).toBe(1))
        const rows = await flows.stop()
        const sent = rows.filter(({ netns }) => netns === netnsOf(near))
        expect(sumOf(sent).sent).toEqual([packets * 1000, packets])
        taken.push(flows.counters.in)
      }
      // One for each end.
      expect(taken).toEqual([2, 2])
    },
  )

  it.skipIf(!kernelAtLeast(5, 18))(
    '[1.26] has the datagrams whose checksum is wrong, as nstat counts them',
    async () => {
      const [near, far] = await twoHosts()
      await startDeaf(far, 1 << 20)
      const flows = await countFlows({ filters: { ports: PORT } })
      await python(near, faulty(far.ipv4, 30))
      await python(near, bulk(far.ipv4, 50))
      const { UdpInCsumErrors } = await eventually(async () => {
        const counts = await nstat(far)
        expect(counts['UdpInCsumErrors']).toBe(30)
        return counts
      })
      expect(dropsAt(far, await flows.stop())).toEqual({ UDP_CSUM: UdpInCsumErrors })
    },
  )

  it.skipIf(!kernelAtLeast(5, 18))(
    '[1.26] has the datagrams for which a socket had no room, as nstat counts them',
    async () => {
      const [near, far] = await twoHosts()
      await startDeaf(far, 20_000)
      const flows = await countFlows({ filters: { ports: PORT } })
      await python(near, bulk(far.ipv4, 5000))
      const rows = await flows.stop()
      const { UdpRcvbufErrors } = await nstat(far)
      expect(UdpRcvbufErrors).toBeGreaterThan(4000)
      expect(dropsAt(far, rows)).toEqual({ SOCKET_RCVBUFF: UdpRcvbufErrors })
    },
  )

  it('has no drops of connections that end well, whoever ends them', async () => {
    const [host] = await twoHosts()
    const flows = await countFlows({ filters: { ports: PORT } })
    await host.run('python3', ['-c', ENDINGS])
    const rows = await flows.stop()
    expect(dropsAt(host, rows)).toEqual({})
    expect(sumOf(rows).sent[0]).toBe(2 * 1000 * 6 * 20)
  })

  it('has of a connection that is older only what it does from then on', async () => {
    const [host] = await twoHosts()
    const go = join(tempDir('older'), 'go')
    const program = `
import os, socket, time
listener = socket.create_server(('127.0.0.1', ${PORT}))
near = socket.create_connection(('127.0.0.1', ${PORT}))
far = listener.accept()[0]
def carry(count): near.sendall(bytes(count)); far.recv(count, socket.MSG_WAITALL)
carry(1000)
print('carried', flush=True)
while not os.path.exists('${go}'): time.sleep(0.02)
carry(300)
`
    const older = await host.start('python3', ['-c', program])
    await older.waitForOutput(/carried/)
    const flows = await countFlows({ filters: { ports: PORT } })
    writeFileSync(go, '')
    expect((await older.exited).code).toBe(0)
    const { sent, received } = sumOf(await flows.stop())
    expect([sent[0], received[0]]).toEqual([300, 300])
  })
})
