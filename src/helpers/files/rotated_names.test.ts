import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleansUp, tempDir } from '../../../test/kit/fixtures.ts'
import { RotatedNames } from './rotated_names.ts'

cleansUp()

const FIRST = 'audit-2026-01-31T08-00-00.000.log'
const SECOND = 'audit-2026-01-31T09-00-00.000.log.gz'

/** A folder with such files, and what makes it look as if it had last been changed at a time, in seconds. */
function folderWith(...names: string[]) {
  const folder = join(tempDir('rotated'), 'audit')
  mkdirSync(folder)
  const add = (name: string): void => writeFileSync(join(folder, name), '')
  names.forEach(add)
  const changedAt = (seconds: number): void => utimesSync(folder, seconds, seconds)
  return { path: join(folder, 'audit.log'), folder, add, changedAt }
}

describe('RotatedNames', () => {
  it('has what a file was called before, oldest first, and no part of what is being compressed', async () => {
    const { path, folder } = folderWith(SECOND, FIRST, `${FIRST}.gz`, 'audit.log', 'audit-x.log')
    const found = await new RotatedNames().of(path)
    expect(found).toEqual([FIRST, SECOND].map((name) => join(folder, name)))
  })

  it('reads a folder again when it has changed', async () => {
    const { path, add, changedAt } = folderWith(FIRST)
    const rotated = new RotatedNames()
    changedAt(Date.now() / 1000 - 60)
    expect(await rotated.of(path)).toHaveLength(1)
    add(SECOND)
    expect(await rotated.of(path)).toHaveLength(2)
  })

  it.each([
    ['again where a second change may have the time of the first', 0, 2],
    ['no more otherwise', 60, 1],
  ])('reads it %s', async (_, secondsAgo, found) => {
    const { path, add, changedAt } = folderWith(FIRST)
    const rotated = new RotatedNames()
    const at = Math.floor(Date.now() / 1000) - secondsAgo
    changedAt(at)
    expect(await rotated.of(path)).toHaveLength(1)
    add(SECOND)
    changedAt(at)
    expect(await rotated.of(path)).toHaveLength(found)
  })

  it('has nothing where the folder is gone', async () => {
    expect(await new RotatedNames().of('/nowhere/audit.log')).toEqual([])
  })
})
