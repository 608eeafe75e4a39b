import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CgroupTable } from './cgroup_table.ts'

let root: string
let nowMs: number
let table: CgroupTable
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cgroups-'))
  nowMs = 0
  table = new CgroupTable({ root: () => root, now: () => nowMs })
})
afterEach(() => rmSync(root, { recursive: true }))

/** Makes a cgroup and returns its id. */
function make(path: string): number {
  mkdirSync(join(root, path), { recursive: true })
  return statSync(join(root, path)).ino
}

describe('the table of cgroups', () => {
  it('knows the path of an id, however deep it lies', () => {
    const [service, scope] = [make('system.slice/a.service'), make('a/b/c/d.scope')]
    writeFileSync(join(root, 'cgroup.procs'), '')
    expect(table.pathOf(service)).toBe('/system.slice/a.service')
    expect(table.pathOf(scope)).toBe('/a/b/c/d.scope')
    expect(table.pathOf(statSync(root).ino)).toBe('/')
  })

  it('does not know what is no cgroup', () => {
    const file = join(root, 'cgroup.procs')
    writeFileSync(file, '')
    expect([table.pathOf(0), table.pathOf(statSync(file).ino)]).toEqual(['', ''])
  })

  it('does not look for the cgroup of nobody', () => {
    expect(table.pathOf(0)).toBe('')
    expect(table.pathOf(make('a'))).toBe('/a')
  })

  it('still knows a cgroup that is gone', () => {
    const id = make('a')
    table.walk()
    rmdirSync(join(root, 'a'))
    expect(table.pathOf(id)).toBe('/a')
  })

  it('finds each of several that are made in a row', () => {
    for (const name of ['a', 'b', 'c']) {
      const id = make(name)
      expect(table.pathOf(id)).toBe(`/${name}`)
    }
  })

  it('looks five times a second at most when it has to look all the time', () => {
    for (let look = 0; look < 26; look++) table.walk()
    const id = make('a')
    expect(table.pathOf(id)).toBe('')
    nowMs = 199
    expect(table.pathOf(id)).toBe('')
    nowMs = 200
    expect(table.pathOf(id)).toBe('/a')
  })

  it('looks for 20 ms at a time, then pauses for the longer the longer it took', () => {
    const ids = Array.from({ length: 15 }, (_, index) => make(`c${index}`))
    // A look at a directory takes 11 ms: a walk ends after two of the sixteen and is paid by a
    // pause of 1.1 s, so that what is saved lasts for five.
    let tookMs = 11
    table = new CgroupTable({ root: () => root, now: () => (nowMs += tookMs) - tookMs })
    for (let walk = 0; walk < 8; walk++) table.walk()
    tookMs = 0
    const known = (): number => {
      const paths = ids.filter((id) => table.pathOf(id) !== '')
      return paths.length
    }
    expect(known()).toBe(9)
    nowMs = 1_000_000
    expect(known()).toBe(15)
  })

  it('looks at no more than it may keep', () => {
    const ids = ['a', 'b', 'c', 'd'].map(make)
    table = new CgroupTable({ root: () => root, limit: 3, now: () => nowMs })
    table.walk()
    expect(ids.filter((id) => table.pathOf(id) !== '')).toHaveLength(2)
  })

  it('takes what was seen elsewhere, and keeps as many as it may', () => {
    table = new CgroupTable({ root: () => undefined, limit: 2, now: () => nowMs })
    for (const [id, path] of [
      [1, '/a'],
      [2, '/b'],
      [1, '/a'],
      [3, '/c'],
    ] as const)
      table.add(id, path)
    expect([table.pathOf(1), table.pathOf(2), table.pathOf(3)]).toEqual(['/a', '', '/c'])
  })

  it('knows nothing where no hierarchy is mounted', () => {
    table = new CgroupTable({ root: () => undefined })
    expect(table.pathOf(5)).toBe('')
  })
})
