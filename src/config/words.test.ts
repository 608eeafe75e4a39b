import { expect, it } from 'vitest'
import { wordOf } from './words.ts'

const size = wordOf(['small', 'large'], { huge: 'large' })

it('takes a word in any case, and others for it', () => {
  expect(['small', 'LARGE', 'Huge'].map((text) => size.parse(text))).toEqual([
    'small',
    'large',
    'large',
  ])
  expect(size.encode('large')).toBe('large')
})

it('says which words there are', () => {
  const messages = ['medium', 7].map((value) => size.safeParse(value).error?.issues[0]?.message)
  expect(messages).toEqual(['expected "small" or "large"', 'expected "small" or "large"'])
})
