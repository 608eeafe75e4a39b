import { describe, expect, it } from 'vitest'
import { groupRows } from './group_rows.ts'

/** Groups as text: the key and its rows. */
function grouped(keys: string): string[] {
  return groupRows(keys.length, (row) => keys[row]).map(({ key, rows }) => `${key} ${rows.join()}`)
}

describe('rows grouped by a key', () => {
  it('are none of none', () => expect(grouped('')).toEqual([]))

  it('keep their order, groups that of their first rows', () => {
    expect(grouped('bab')).toEqual(['b 0,2', 'a 1'])
    expect(grouped('aaa')).toEqual(['a 0,1,2'])
    expect(grouped('abcab')).toEqual(['a 0,3', 'b 1,4', 'c 2'])
  })

  it('may each be a group of its own', () => {
    const groups = groupRows(3000, (row) => row)
    expect(groups).toHaveLength(3000)
    expect(groups[2999]).toEqual({ key: 2999, rows: Uint32Array.of(2999) })
  })
})
