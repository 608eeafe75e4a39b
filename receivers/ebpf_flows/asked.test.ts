import { probeAttach } from 'libbpf-addon'
import { describe, expect, it } from 'vitest'
import { balance, REAL_PORT, VIRTUAL } from '../../test/kit/balancer.ts'
import { unpack } from '../../test/kit/debian.ts'
import { cleansUp, isRoot, kernelAtLeast, kernelHas } from '../../test/kit/fixtures.ts'
import { countFlows, type FlowRow, netnsOf, sumOf } from '../../test/kit/flows.ts'
import { type Host, twoHosts } from '../../test/kit/hosts.ts'
import { runPython, startPython } from '../../test/kit/servers.ts'

cleansUp()

const seesConnect = probeAttach('fentry').answer === 'supported' || kernelAtLeast(6, 17)

/** Sends every datagram back, over IPv4 and IPv6. */
const ECHO = `
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(('', ${REAL_PORT}))
print('ready', flush=True)
while True: s.sendto(*s.recvfrom(2000))
`

/** Sends so many datagrams of 100 bytes from a connected socket, and waits for each to come back. */
function connectedTo(host: string, port: number, times: number): string {
  return `
import socket
s = socket.socket(socket.AF_INET6 if ':' in '${host}' else socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('${host}', ${port}))
for _ in range(${times}):
    s.send(b'x' * 100)
    assert len(s.recv(2000)) == 100
`
}

/** Has what a host sends to the virtual address go to another host, by its own NAT. */
async function translate(host: Host, to: Host): Promise<void> {
  const { program, env } = await unpack('nftables')
  await host.run('ip', ['route', 'add', `${VIRTUAL.ipv4}/32`, 'via', to.ipv4])
  const rules = `add table ip t
add chain ip t c { type nat hook output priority -100 ; }
add rule ip t c ip daddr ${VIRTUAL.ipv4} udp dport ${VIRTUAL.port} dnat to ${to.ipv4}:${REAL_PORT}`
  await host.run(program('nft'), [rules.replaceAll('\n', '; ')], { env })
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2') || !seesConnect)('flows', () => {
  it('have what the program asked for, where others connected it elsewhere', async () => {
    const [near, far] = await twoHosts()
    await balance(far)
    const flows = await countFlows()
    const port = String(REAL_PORT)
    const serve = await startPython('short_connections.py', ['serve', port], { netns: far.netns })
    await serve.waitForOutput(/ready/)
    const run = (to: string, at: number, times: number) =>
      runPython('short_connections.py', [to, String(at), String(times), '100'], {
        netns: near.netns,
      })
    await run(VIRTUAL.ipv4, VIRTUAL.port, 30)
    await run(far.ipv4, REAL_PORT, 20)
    const rows = (await flows.stop()).filter(({ transport }) => transport === 'tcp')
    const clients = rows.filter(({ netns }) => netns === netnsOf(near))
    const asked = (text: string) => sumOf(clients.filter((row) => row.asked === text)).sent[0]
    expect(asked(`${VIRTUAL.ipv4} ${VIRTUAL.port}`)).toBe(3000)
    expect(asked('')).toBe(2000)
    expect(new Set(clients.map(({ peer }) => peer))).toEqual(new Set([`${far.ipv4} ${port}`]))
    const servers = rows.filter(({ netns }) => netns === netnsOf(far))
    expect(new Set(servers.map((row) => row.asked))).toEqual(new Set(['']))
  })

  it('of connected UDP sockets have it, too', async () => {
    const [near, far] = await twoHosts()
    await balance(far)
    const flows = await countFlows()
    const echo = await far.start('python3', ['-uc', ECHO])
    await echo.waitForOutput(/ready/)
    await near.run('python3', ['-c', connectedTo(VIRTUAL.ipv4, VIRTUAL.port, 30)])
    await near.run('python3', ['-c', connectedTo(VIRTUAL.ipv6, VIRTUAL.port, 20)])
    await near.run('python3', ['-c', connectedTo(far.ipv4, REAL_PORT, 10)])
    expect(udpOf(await flows.stop(), near)).toEqual({
      [`${far.ipv4} ${REAL_PORT} < ${VIRTUAL.ipv4} ${VIRTUAL.port}`]: [3000, 3000],
      [`${far.ipv6} ${REAL_PORT} < ${VIRTUAL.ipv6} ${VIRTUAL.port}`]: [2000, 2000],
      [`${far.ipv4} ${REAL_PORT} < `]: [1000, 1000],
    })
  })

  it('of connected UDP sockets are one where the host itself translates', async () => {
    const [near, far] = await twoHosts()
    await translate(near, far)
    const flows = await countFlows()
    const echo = await far.start('python3', ['-uc', ECHO])
    await echo.waitForOutput(/ready/)
    await near.run('python3', ['-c', connectedTo(VIRTUAL.ipv4, VIRTUAL.port, 30)])
    expect(udpOf(await flows.stop(), near)).toEqual({
      [`${far.ipv4} ${REAL_PORT} < ${VIRTUAL.ipv4} ${VIRTUAL.port}`]: [3000, 3000],
    })
  })
})

/** Bytes that clients of a host sent and received over UDP, by peer and what they asked for. */
function udpOf(rows: readonly FlowRow[], host: Host): Record<string, [number, number]> {
  const own = rows.filter(
    ({ transport, netns, role }) =>
      transport === 'udp' && netns === netnsOf(host) && role === 'client',
  )
  const names = new Set(own.map(({ peer, asked }) => `${peer} < ${asked}`))
  return Object.fromEntries(
    [...names].map((name) => {
      const { sent, received } = sumOf(own.filter((row) => name === `${row.peer} < ${row.asked}`))
      return [name, [sent[0], received[0]]]
    }),
  )
}
