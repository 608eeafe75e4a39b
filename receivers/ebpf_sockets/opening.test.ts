import { afterEach, describe, expect, it } from 'vitest'
import { unpack } from '../../test/kit/debian.ts'
import { cleansUp, eventually, isRoot, kernelHas } from '../../test/kit/fixtures.ts'
import { type Host, twoHosts } from '../../test/kit/hosts.ts'
import { follow, type Following } from './reports_for_tests.ts'

cleansUp()

let following: Following | undefined
afterEach(() => following?.receiver.shutdown())

/** Says from which port it connects and waits for an answer that never comes. */
function connecting(to: string): string {
  return `
import socket, time
s = socket.socket()
s.setblocking(False)
s.connect_ex(('${to}', 7001))
print('port', s.getsockname()[1], flush=True)
time.sleep(60)
`
}

async function dropAll(host: Host): Promise<void> {
  const { program, env } = await unpack('nftables')
  const rules =
    'add table ip t; add chain ip t c { type filter hook input priority 0 ; }; add rule ip t c tcp dport 7001 drop'
  await host.run(program('nft'), [rules], { env })
}

describe.skipIf(!isRoot() || !kernelHas('btf'))('a connection that is being opened', () => {
  it('is told with its port and with each SYN that was sent again', async () => {
    const [near, far] = await twoHosts()
    await dropAll(far)
    following = await follow()
    const client = await near.start('python3', ['-c', connecting(far.ipv4)])
    await client.waitForOutput(/port \d+\n/)
    const port = /port (\d+)/.exec(client.stdout)![1]
    await eventually(() => {
      const again = following!.of(near, 'client').filter((one) => one.retransmits)
      expect(again.map(({ local }) => local)).toContain(`${near.ipv4} ${port}`)
    })
  })
})
