import { type Host, loneHost } from './hosts.ts'
import { runPython } from './servers.ts'

/** Packets of others that pass a host. */
export interface Passing {
  family: 'ipv4' | 'ipv6'
  /** IP's number. */
  protocol: number
  count: number
  /** Bytes behind the headers of TCP and UDP, or of IP. */
  size: number
  /** To so many ports from 5700 on. */
  ports?: number
  /** Into how many segments of TCP each is cut. */
  segments?: number
}

/** From where to where they go. */
export const PASSING = {
  ipv4: ['10.204.1.1', '10.204.2.1'],
  ipv6: ['fd00:204:1::1', 'fd00:204:2::1'],
} as const

/**
 * A host that forwards from the TUN device `tun0` to `tun1`, or has the TAP devices `tap0` and `tap1` at
 * the bridge `br0`.
 */
export async function hostBetween(kind: 'tun' | 'tap'): Promise<Host> {
  const host = await loneHost()
  const commands = [0, 1].flatMap((i) => [
    `ip tuntap add ${kind}${i} mode ${kind} vnet_hdr`,
    `ip link set ${kind}${i} up`,
  ])
  await host.run('sh', ['-ec', [...commands, ...(kind === 'tun' ? ROUTER : BRIDGE)].join('\n')])
  return host
}

const ROUTER = [
  'echo 1 > /proc/sys/net/ipv4/conf/all/forwarding',
  'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
  ...[0, 1].flatMap((i) => [
    `ip route add 10.204.${i + 1}.0/24 dev tun${i}`,
    `ip -6 route add fd00:204:${i + 1}::/64 dev tun${i}`,
  ]),
]
const BRIDGE = [
  'ip link add br0 type bridge',
  'ip link set br0 up',
  ...[0, 1].map((i) => `ip link set tap${i} master br0`),
]

/** Has packets pass; returns how many came out again, and their bytes from IP's header on. */
export async function pass(
  { netns }: Host,
  kind: 'tun' | 'tap',
  { family, protocol, count, size, ports = 1, segments = 1 }: Passing,
): Promise<{ bytes: number; packets: number }> {
  const numbers = [protocol, count, size, ports, segments].map(String)
  const { stdout } = await runPython('passing.py', [`${kind}0`, `${kind}1`, family, ...numbers], {
    netns,
  })
  const [packets = 0, bytes = 0] = stdout.trim().split(' ').map(Number)
  return { bytes, packets }
}
