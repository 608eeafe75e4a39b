import { unpack } from './debian.ts'
import type { Host } from './hosts.ts'

/** By what addresses others know a host. */
export type Foreign = Pick<Host, 'ipv4' | 'ipv6'>

/**
 * Makes two hosts, and what is between them, take each other for hosts of elsewhere: each is known by
 * addresses that no interface of this machine has. What goes out and comes in is translated on the
 * hosts themselves.
 * @param between the router, where there is one
 */
export async function makeForeign(
  hosts: readonly [Host, Host],
  between?: Host,
): Promise<[Foreign, Foreign]> {
  const foreign: [Foreign, Foreign] = [
    { ipv4: '10.205.1.1', ipv6: 'fd00:205:1::1' },
    { ipv4: '10.205.2.1', ipv6: 'fd00:205:2::1' },
  ]
  for (const [i, host] of hosts.entries()) {
    await translate(host, foreign[i]!)
    for (const family of ['ipv4', 'ipv6'] as const) {
      const to = foreign[i]![family]
      const from = between ?? hosts[1 - i]!
      await from.run('ip', ['route', 'replace', to, 'via', host[family]])
    }
  }
  return foreign
}

async function translate(host: Host, { ipv4, ipv6 }: Foreign): Promise<void> {
  const { env, program } = await unpack('nftables')
  const tables = [
    ['ip', ipv4, host.ipv4],
    ['ip6', ipv6, host.ipv6],
  ].map(
    ([family, outside, inside]) => `table ${family} foreign {
      chain out { type nat hook postrouting priority 100; ${family} saddr ${inside} snat to ${outside}; }
      chain in { type nat hook prerouting priority -100; ${family} daddr ${outside} dnat to ${inside}; }
    }`,
  )
  await host.run(program('nft'), [tables.join('\n')], { env })
}
