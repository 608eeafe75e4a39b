import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { deleteOld, putAside, stampOf, timeOf } from './backups.ts'

cleansUp()

const AT = Date.UTC(2026, 10, 21, 10, 11, 12, 123)
const DAY_MS = 24 * 60 * 60 * 1000
const keep = { max_megabytes: 1, max_days: 0, max_backups: 0, localtime: false }

function folderWith(...names: string[]): string {
  const dir = tempDir('backups')
  for (const name of names) writeFileSync(join(dir, name), name)
  return dir
}

describe('the name of a backup', () => {
  it('has the time to the millisecond before the extension', async () => {
    const dir = folderWith('traces.json')
    await putAside(join(dir, 'traces.json'), AT, false)
    expect(readdirSync(dir)).toEqual(['traces-2026-11-21T10-11-12.123.json'])
  })

  it('has it at the end where there is no extension', async () => {
    const dir = folderWith('traces')
    await putAside(join(dir, 'traces'), AT, false)
    expect(readdirSync(dir)).toEqual(['traces-2026-11-21T10-11-12.123'])
  })

  it('is never that of another backup', async () => {
    const dir = folderWith('traces.json', 'traces-2026-11-21T10-11-12.123.json')
    await putAside(join(dir, 'traces.json'), AT, false)
    expect(readdirSync(dir).sort()).toEqual([
      'traces-2026-11-21T10-11-12.123.json',
      'traces-2026-11-21T10-11-12.124.json',
    ])
  })

  it.each([false, true])('is read back to the same time with localtime %s', (localtime) => {
    expect(timeOf(stampOf(AT, localtime), localtime)).toBe(AT)
  })
})

describe('deleteOld', () => {
  const newest = 'traces-2026-11-21T10-11-12.123.json'
  const yesterday = 'traces-2026-11-20T10-11-12.123.json'
  const lastWeek = 'traces-2026-11-14T10-11-12.123.json'
  const others = ['other-2026-11-01T10-11-12.123.json', 'traces-old.json', 'traces.json']

  it.each([
    ['everything unless told otherwise', {}, [newest, yesterday, lastWeek]],
    ['the newest max_backups', { max_backups: 2 }, [newest, yesterday]],
    ['those younger than max_days', { max_days: 3 }, [newest, yesterday]],
    ['what both allow', { max_backups: 1, max_days: 3 }, [newest]],
  ])('keeps %s, and every file of others', async (_, given, kept) => {
    const dir = folderWith(newest, yesterday, lastWeek, ...others)
    await deleteOld(join(dir, 'traces.json'), AT + DAY_MS, { ...keep, ...given })
    expect(readdirSync(dir).sort()).toEqual([...kept, ...others].sort())
  })
})
