// npm run fuzz -- [--seconds N] [--seed N]     the corpus, then scripts made by chance
// npm run fuzz -- replay|good|hostile …        the harness itself, see host/main.c

import { parseArgs } from 'node:util'
import { corpus, runHarness, withoutOpen } from './harness.ts'

/** A number that differs from run to run; a failure prints its own. */
const anySeed = String(Date.now() % 1_000_000_000)

async function harness(args: readonly string[], seconds: number): Promise<boolean> {
  const { exit, output } = await runHarness(args, (seconds + 120) * 1000)
  process.stdout.write(output)
  return exit.code === 0
}

async function fuzz(words: string[]): Promise<boolean> {
  if (['replay', 'good', 'hostile'].includes(words[0] ?? '')) return harness(words, 3600)
  const options = { seconds: { type: 'string' }, seed: { type: 'string' } } as const
  const { values } = parseArgs({ args: words, options })
  const { seconds = '60', seed = anySeed } = values
  const half = Math.max(1, Math.round(Number(seconds) / 2))
  const search = ['--seed', seed, '--seconds', String(half), ...withoutOpen]
  return (
    (await harness(['replay', ...corpus], 60)) &&
    (await harness(['good', ...search], half)) &&
    harness(['hostile', ...search], half)
  )
}

process.exitCode = (await fuzz(process.argv.slice(2))) ? 0 : 1
