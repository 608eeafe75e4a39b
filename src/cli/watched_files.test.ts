import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WatchedFiles } from './watched_files.ts'

let dir: string
let file: string
let changes: number
let look: () => void
let files: WatchedFiles
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'watched-'))
  file = join(dir, 'config.yaml')
  writeFileSync(file, 'a')
  changes = 0
  files = new WatchedFiles({
    onChanged: () => void changes++,
    every: (_, work) => {
      look = work
      return () => (look = () => {})
    },
  })
  files.watch([file])
})
afterEach(() => {
  files.stop()
  rmSync(dir, { recursive: true })
})

/** Looks as often as it takes for a change to have settled. */
function seen(): number {
  look()
  look()
  return changes
}

it('is told of a file that was written, once', () => {
  expect(seen()).toBe(0)
  writeFileSync(file, 'b')
  expect(seen()).toBe(1)
  expect(seen()).toBe(1)
})

it('waits until a file that is being written stays the same', () => {
  for (const text of ['b', 'bc', 'bcd']) {
    writeFileSync(file, text)
    look()
    expect(changes).toBe(0)
  }
  expect(seen()).toBe(1)
})

it('is not told of a file that was written anew with the same content, or changed and changed back', () => {
  writeFileSync(`${file}.new`, 'a')
  renameSync(`${file}.new`, file)
  expect(seen()).toBe(0)
  writeFileSync(file, 'b')
  look()
  writeFileSync(file, 'a')
  expect(seen()).toBe(0)
})

it('waits for a file that is gone', () => {
  rmSync(file)
  expect(seen()).toBe(0)
  writeFileSync(file, 'b')
  expect(seen()).toBe(1)
})

it('sees a ConfigMap change, which is a link to another folder', () => {
  for (const [name, text] of [
    ['v1', 'a'],
    ['v2', 'b'],
  ] as const) {
    mkdirSync(join(dir, name))
    writeFileSync(join(dir, name, 'c.yaml'), text)
  }
  symlinkSync('v1', join(dir, '..data'))
  const mounted = join(dir, 'c.yaml')
  symlinkSync('..data/c.yaml', mounted)
  files.watch([mounted])
  symlinkSync('v2', join(dir, '..data_tmp'))
  renameSync(join(dir, '..data_tmp'), join(dir, '..data'))
  expect(seen()).toBe(1)
})

it('is not told of what happens to files that it does not watch any more', () => {
  files.watch([])
  writeFileSync(file, 'b')
  expect(seen()).toBe(0)
})
