import { expect, it } from 'vitest'
import { runHarness, withoutOpen } from '../fuzz/harness.ts'

// The same scripts each time: what fails here has been broken. `npm run fuzz` looks for more.
const SEED = '1'

it.each([
  ['good', '1000'],
  ['hostile', '4000'],
])('bpf/http stands %s scripts made by chance, %s of them', async (kind, count) => {
  const search = ['--seed', SEED, '--count', count, ...withoutOpen]
  const { exit, output } = await runHarness([kind, ...search], 300_000)
  expect({ ...exit, output }).toMatchObject({
    code: 0,
    output: expect.stringMatching(new RegExp(`^${count} scripts.*, 0 failed\n$`)),
  })
})
