import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { MissedRuns } from './missed_runs.ts'

cleansUp()

/** Programs by their ids, and a folder of descriptors as /proc has it. */
function made(ids: Record<string, number>, files: Record<string, string>) {
  const folder = tempDir('fdinfo')
  for (const [fd, text] of Object.entries(files)) writeFileSync(join(folder, fd), text)
  const programInfo = (name: string) => ({ id: ids[name]!, runCount: 0n, runTimeNs: 0n })
  return { folder, object: { programInfo } }
}

const text = (id: number, misses: number): string =>
  `pos:\t0\nprog_type:\t26\nprog_id:\t${id}\nrun_cnt:\t9\nrecursion_misses:\t${misses}\n`

it('sums what the kernel counts of the programs that are asked for', () => {
  const ids = { one: 7, two: 8, other: 70 }
  const files = { '3': text(7, 2), '4': text(70, 50), '5': text(8, 3), '6': 'pos:\t0\n' }
  const { folder, object } = made(ids, files)
  const missed = new MissedRuns(object, ['one', 'two'], folder)
  expect(missed.read()).toBe(5)
  writeFileSync(join(folder, '5'), text(8, 4))
  expect(missed.read()).toBe(6)
})

it('is 0 where the kernel does not count it', () => {
  const { folder, object } = made({ one: 7 }, { '3': 'prog_id:\t7\nrun_cnt:\t9\n' })
  expect(new MissedRuns(object, ['one'], folder).read()).toBe(0)
})
