import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleansUp, tempDir } from '../kit/fixtures.ts'
import { appendCpio, writeCpio } from './cpio.ts'

cleansUp()

/** The headers' fields of an archive that has no data: name, mode, size. */
function members(bytes: Buffer): { name: string; mode: string; text: string }[] {
  const found = []
  for (let at = 0; at < bytes.length;) {
    const field = (index: number): number =>
      Number.parseInt(bytes.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16)
    const [mode, size, nameSize] = [field(1), field(6), field(11)]
    const name = bytes.toString('latin1', at + 110, at + 110 + nameSize - 1)
    const data = at + ((110 + nameSize + 3) & ~3)
    found.push({ name, mode: mode.toString(8), text: bytes.toString('utf8', data, data + size) })
    at = data + ((size + 3) & ~3)
  }
  return found
}

describe('an initramfs', () => {
  it('has the folders before what is in them, and the mark of its end', () => {
    const file = join(tempDir('cpio'), 'archive')
    writeCpio(
      file,
      new Map([
        ['a/b/hello', { bytes: Buffer.from('hello') }],
        ['a/run', { bytes: Buffer.from('#!/bin/sh\n'), mode: 0o755 }],
        ['a/link', { link: 'b/hello' }],
      ]),
    )
    expect(members(readFileSync(file))).toEqual([
      { name: 'a', mode: '40755', text: '' },
      { name: 'a/b', mode: '40755', text: '' },
      { name: 'a/b/hello', mode: '100644', text: 'hello' },
      { name: 'a/run', mode: '100755', text: '#!/bin/sh\n' },
      { name: 'a/link', mode: '120777', text: 'b/hello' },
      { name: 'TRAILER!!!', mode: '0', text: '' },
    ])
  })

  it('may have another archive behind it', () => {
    const file = join(tempDir('cpio'), 'archive')
    writeCpio(file, new Map([['hello', { bytes: Buffer.from('hello') }]]))
    appendCpio(file, new Map([['a/b', { bytes: Buffer.from('more') }]]))
    const names = members(readFileSync(file)).map(({ name, text }) => `${name} ${text}`)
    expect(names).toEqual(['hello hello', 'TRAILER!!! ', 'a ', 'a/b more', 'TRAILER!!! '])
  })
})
