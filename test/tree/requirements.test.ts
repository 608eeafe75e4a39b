import { describe, expect, it } from 'vitest'
import { filesOf, textOf } from './files.ts'

/** How many rows each of the five systems has. */
const sizes = [14, 30, 19, 23, 18]
const page = textOf('docs/requirements.md')
const rows = [...page.matchAll(/^\| (\d+\.\d+) \| (.+) \|$/gm)]
const numbers = new Set(rows.map(([, number = '']) => number))

describe('docs/requirements.md', () => {
  it('has every row of the five systems, in order', () => {
    const wanted = sizes.flatMap((size, system) =>
      Array.from({ length: size }, (_, i) => `${system}.${i + 1}`),
    )
    expect([...numbers]).toEqual(wanted)
    expect(rows).toHaveLength(wanted.length)
  })

  it('says each in one sentence of plain letters', () => {
    const odd = rows.filter(([, , text = '']) => !/^[A-Z0-9][\x20-\x7e]*[^.]\.$/.test(text))
    expect(odd.map(([line]) => line)).toEqual([])
  })

  it('has every row that the title of a test names', () => {
    const titles = filesOf('**/*.test.ts').flatMap((file) => {
      const found = textOf(file).matchAll(
        /\b(?:it|test)\b[^\n]*?['"`]([^'"`\n]*\[\d+\.\d+\][^'"`\n]*)/g,
      )
      return [...found].map(([, title = '']) => ({ file, title }))
    })
    const own = titles.filter(({ file }) => file.startsWith('test/tree/') === false)
    const named = own.flatMap(({ file, title }) =>
      [...title.matchAll(/\[(\d+\.\d+)\]/g)].map(([, row = '']) => ({ file, row })),
    )
    expect(named.filter(({ row }) => !numbers.has(row))).toEqual([])
  })
})
