import { describe, expect, it } from 'vitest'
import { LineSplitter } from './line_splitter.ts'

function split(pieces: string[], { max = 10, at = 0, skip = false } = {}) {
  const splitter = new LineSplitter(max, at, skip)
  const lines = pieces.flatMap((piece) =>
    [...splitter.take(Buffer.from(piece))].map(({ bytes, end }) => [bytes.toString(), end]),
  )
  return { lines, splitter, rest: () => [...splitter.rest()].map(({ bytes }) => bytes.toString()) }
}

describe('lines', () => {
  it('are what stands between line breaks, with where the next one begins', () => {
    expect(split(['a\nbc\n\n', 'd', 'e\nf']).lines).toEqual([
      ['a', 2],
      ['bc', 5],
      ['', 6],
      ['de', 9],
    ])
  })

  it('keep what has no end yet', () => {
    const { rest, splitter } = split(['a\nb', 'c'])
    expect([splitter.at, rest()]).toEqual([4, ['bc']])
  })

  it('that are too long are skipped and counted, in however many pieces they come', () => {
    const { lines, splitter } = split(['12345', '67890', '1', '2\nb\n12345678901\n1234567890\n'])
    expect(lines).toEqual([
      ['b', 15],
      ['1234567890', 38],
    ])
    expect(splitter.tooLong).toBe(2)
  })

  it('begin behind the rest of one where the place is inside of it', () => {
    const { lines, splitter } = split(['rest\nb\n'], { at: 100, skip: true })
    expect([lines, splitter.tooLong]).toEqual([[['b', 107]], 0])
  })
})
