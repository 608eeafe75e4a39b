import { describe, expect, it } from 'vitest'
import { cleansUp, eventually, isRoot, kernelAtLeast, kernelHas } from '../../test/kit/fixtures.ts'
import { twoHosts } from '../../test/kit/hosts.ts'
import { inodeOf } from './reports_for_tests.ts'
import { attachWalk, holdConnections, walkedIn } from './walk_for_tests.ts'

cleansUp()

const CONNECTIONS = 25_000
const BYTES_OF_EACH = 10

describe.skipIf(!isRoot() || !kernelHas('btf') || !kernelAtLeast(5, 11))('walks', () => {
  it('lose none of 50,000 live sockets, and tell of each byte once', async () => {
    const [host] = await twoHosts()
    const netns = inodeOf(host)
    const { object, walk } = attachWalk()
    using _ = object
    await holdConnections(host, CONNECTIONS)
    const told = new Set<bigint>()
    let bytesSent = 0
    // The kernel goes on by a socket's place in its list, which moves where others come and go: what
    // one walk passes over the next one has.
    await eventually(
      () => {
        const walked = walkedIn(walk.read(), netns)
        bytesSent += walked.bytesSent
        for (const socket of walked.sockets) told.add(socket)
        expect(told.size).toBe(2 * CONNECTIONS)
      },
      { timeoutMs: 60_000 },
    )
    expect(bytesSent).toBe(CONNECTIONS * BYTES_OF_EACH)
  }, 120_000)
})
