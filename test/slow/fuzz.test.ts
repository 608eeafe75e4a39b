import { expect, it } from 'vitest'
import { runHarness, withoutOpen } from '../fuzz/harness.ts'

// Another seed each time, so that many runs see more than one does; a failure prints its own.
const seed = String(Date.now() % 1_000_000_000)

it.each(['good', 'hostile'])('bpf/http stands half a minute of %s scripts', async (kind) => {
  const search = ['--seed', seed, '--seconds', '30', ...withoutOpen]
  const { exit, output } = await runHarness([kind, ...search], 180_000)
  expect({ ...exit, output }).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^\d+ scripts.*, 0 failed\n$/),
  })
})
