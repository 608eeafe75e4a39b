import { basename } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildHarness, corpus, openCorpus, runHarness, withoutOpen } from './harness.ts'

const summary = /^(\d+) scripts.*, 0 failed\n$/

describe('the programs of bpf/http, compiled for the host', () => {
  // The first time compiles, and where the sanitizers are not installed fetches them.
  beforeAll(buildHarness, 180_000)

  it.each(named(corpus))('report what the script %s expects', async (_, file) => {
    expect(await replay(file)).toEqual({ code: 0, output: '1 scripts, 0 failed\n' })
  })

  // One that passes belongs beside the others.
  it.each(named(openCorpus))('do not report yet what the script %s expects', async (_, file) => {
    expect(await replay(file)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/1 failed\n$/),
    })
  })

  it('pair requests and responses of 2,000 random connections rightly', async () => {
    const { exit, output } = await runHarness(
      ['good', '--seed', '1', '--count', '1500', '--without', 'flood'].concat(withoutOpen),
    )
    expect({ ...exit, output }).toMatchObject({ code: 0, output: expect.stringMatching(summary) })
  }, 120_000)

  it('survive 2,000 hostile scripts', async () => {
    const { exit, output } = await runHarness(['hostile', '--seed', '1', '--count', '2000'])
    expect({ ...exit, output }).toMatchObject({ code: 0, output: expect.stringMatching(summary) })
  }, 120_000)
})

function named(files: readonly string[]): [string, string][] {
  return files.map((file) => [basename(file, '.txt'), file])
}

async function replay(file: string): Promise<{ code: number | null; output: string }> {
  const { exit, output } = await runHarness(['replay', file])
  return { code: exit.code, output }
}
