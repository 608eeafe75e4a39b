import { describe, expect, it } from 'vitest'
import { cleansUp, eventually, isRoot, kernelAtLeast, kernelHas } from '../../test/kit/fixtures.ts'
import { twoHosts } from '../../test/kit/hosts.ts'
import { inodeOf } from './reports_for_tests.ts'
import { attachWalk, holdConnections, walkedIn } from './walk_for_tests.ts'

cleansUp()

const CONNECTIONS = 25_000
const BYTES_OF_EACH = 10

describe.skipIf(!isRoot() || !kernelHas('btf') || !kernelAtLeast(5, 11))('a walk', () => {
  it('tells of each of 50,000 live sockets once, and over all walks of each byte once', async () => {
    const [host] = await twoHosts()
    const netns = inodeOf(host)
    const { object, walk } = attachWalk()
    using _ = object
    await holdConnections(host, CONNECTIONS)
    let bytesSent = 0
    // The kernel goes on by a socket's place in its list, which moves where others come and go.
    await eventually(
      () => {
        const walked = walkedIn(walk.read(), netns)
        bytesSent += walked.bytesSent
        expect(walked).toMatchObject({ reports: 2 * CONNECTIONS, sockets: 2 * CONNECTIONS })
      },
      { timeoutMs: 30_000 },
    )
    expect(bytesSent).toBe(CONNECTIONS * BYTES_OF_EACH)
  }, 120_000)
})
