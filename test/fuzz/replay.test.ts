import { basename } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildHarness, corpus, runHarness } from './harness.ts'

const summary = /^(\d+) scripts.*, 0 failed\n$/

describe('the programs of bpf/http, compiled for the host', () => {
  // The first time compiles, and where the sanitizers are not installed fetches them.
  beforeAll(buildHarness, 180_000)

  it.each(corpus.map((file) => [basename(file, '.txt'), file]))(
    'report what the script %s expects',
    async (_, file) => {
      const { exit, output } = await runHarness(['replay', file])
      expect({ ...exit, output }).toEqual({
        code: 0,
        signal: null,
        output: '1 scripts, 0 failed\n',
      })
    },
  )

  it('pair requests and responses of 2,000 random connections rightly', async () => {
    const { exit, output } = await runHarness([
      'good',
      '--seed',
      '1',
      '--count',
      '1500',
      '--without',
      'flood',
    ])
    expect({ ...exit, output }).toMatchObject({ code: 0, output: expect.stringMatching(summary) })
  }, 120_000)

  it('survive 2,000 hostile scripts', async () => {
    const { exit, output } = await runHarness(['hostile', '--seed', '1', '--count', '2000'])
    expect({ ...exit, output }).toMatchObject({ code: 0, output: expect.stringMatching(summary) })
  }, 120_000)
})
