import { expect, it } from 'vitest'
import { runHarness } from '../fuzz/harness.ts'

// Another seed each time, so that many runs see more than one does; a failure prints its own.
const seed = String(Date.now() % 1_000_000_000)

it.each(['good', 'hostile'])('bpf/http stands half a minute of %s scripts', async (kind) => {
  const { exit, output } = await runHarness([kind, '--seed', seed, '--seconds', '30'], 180_000)
  expect({ ...exit, output }).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^\d+ scripts.*, 0 failed\n$/),
  })
})
