import { expect, it } from 'vitest'
import { LineSplitter } from './line_splitter.ts'

function lines(pieces: readonly string[], maxBytes = 100): { lines: string[]; pending: number } {
  const splitter = new LineSplitter(maxBytes)
  const found = pieces.flatMap((piece) => [...splitter.push(Buffer.from(piece))].map(String))
  return { lines: found, pending: splitter.pending }
}

it('gives the same lines however they are cut', () => {
  const text = 'one\n\ntwo ü three\nfour'
  const bytes = [...Buffer.from(text)]
  const splitter = new LineSplitter(100)
  const found = bytes.flatMap((byte) => [...splitter.push(Buffer.from([byte]))].map(String))
  expect(found).toEqual(['one', '', 'two ü three'])
  expect(lines([text])).toEqual({ lines: found, pending: 4 })
})

it('refuses a line that is too long, whole or in pieces', () => {
  expect(() => lines(['123456\n'], 5)).toThrow('a line of more than 5 bytes')
  expect(() => lines(['123', '456'], 5)).toThrow('a line of more than 5 bytes')
  expect(lines(['12345\n', '12345\n'], 5).lines).toEqual(['12345', '12345'])
})
