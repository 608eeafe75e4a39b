import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
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

  it('knows that there is no such cgroup once a walk that began afterwards has been everywhere', () => {
    for (let index = 0; index < 5; index++) make(`c${index}`)
    // A walk looks at two of six directories and has to pause for 1.1 s.
    let looks = 0
    const now = (): number => (looks++, (nowMs += 11) - 11)
    table = new CgroupTable({ root: () => root, now })
    table.walk()
    const late = make('late')
    const asked: [string, boolean][] = []
    for (let walk = 0; walk < 8; walk++) {
      nowMs += 10_000
      asked.push([table.pathOf(2 ** 40), table.mayFind(2 ** 40)])
    }
    expect(asked.map(([path]) => path).join('')).toBe('')
    expect(asked.map(([, mayFind]) => mayFind)).toEqual([
      ...Array(5).fill(true),
      false,
      false,
      false,
    ])
    expect(table.pathOf(late)).toBe('/late')
    looks = 0
    expect([table.pathOf(2 ** 40), looks]).toEqual(['', 0])
  })

  it('does not know that of any where no hierarchy is mounted', () => {
    table = new CgroupTable({ root: () => undefined, now: () => nowMs })
    expect([table.pathOf(7), table.mayFind(7)]).toEqual(['', true])
  })

  it('finds each of more cgroups than it may keep', () => {
    const ids = Array.from({ length: 12 }, (_, index) => make(`a/b${index}/c`))
    table = new CgroupTable({ root: () => root, limit: 8, now: () => nowMs })
    ids.forEach((id, index) => {
      nowMs += 1000
      expect(table.pathOf(id)).toBe(`/a/b${index}/c`)
    })
  })

  it('keeps those that it was asked for where others are too many', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'].map(make)
    table = new CgroupTable({ root: () => root, limit: 4, now: () => nowMs })
    const known = (): number[] => ids.filter((id) => table.pathOf(id) !== '')
    table.walk()
    nowMs += 1000
    expect(table.pathOf(ids[0]!)).toBe('/a')
    table.walk()
    nowMs += 1000
    table.walk()
    rmSync(join(root, 'a'), { recursive: true })
    expect(known()).toContain(ids[0])
  })

  it('notes new ones where it is full of those that are gone', () => {
    make('hierarchy')
    const hierarchy = join(root, 'hierarchy')
    table = new CgroupTable({ root: () => hierarchy, limit: 4, now: () => nowMs })
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const id = make(`hierarchy/${name}`)
      nowMs += 1000
      table.walk()
      // Not removed, as the next one would have its inode.
      renameSync(join(hierarchy, name), join(root, name))
      expect(table.pathOf(id)).toBe(`/${name}`)
    }
  })

  it('never says that there is no such cgroup where it could not look everywhere', () => {
    for (let index = 0; index < 20; index++) make(`c${index}`)
    table = new CgroupTable({ root: () => root, limit: 2, now: () => nowMs })
    expect([table.pathOf(2 ** 40), table.mayFind(2 ** 40)]).toEqual(['', true])
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
