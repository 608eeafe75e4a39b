import { probeAttach } from 'libbpf-addon'
import { describe, expect, it } from 'vitest'
import { balance, REAL_PORT, VIRTUAL } from '../../test/kit/balancer.ts'
import { cleansUp, isRoot, kernelAtLeast, kernelHas } from '../../test/kit/fixtures.ts'
import { countFlows, netnsOf, sumOf } from '../../test/kit/flows.ts'
import { twoHosts } from '../../test/kit/hosts.ts'
import { runPython, startPython } from '../../test/kit/servers.ts'

cleansUp()

const seesConnect = probeAttach('fentry').answer === 'supported' || kernelAtLeast(6, 17)

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
})
