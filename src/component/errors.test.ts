import { expect, it } from 'vitest'
import { describeError, UnsupportedError } from './errors.ts'

it('describes an error with all that caused it, outermost first', () => {
  const cause = new Error('attach y', { cause: new UnsupportedError('no BTF', 'Newer kernel.') })
  expect(describeError(new Error('start receiver x', { cause }))).toBe(
    'start receiver x: attach y: no BTF',
  )
})

it('describes what has no message, and what is no error', () => {
  expect(describeError(new TypeError())).toBe('TypeError')
  expect(describeError('gone')).toBe('gone')
  expect(describeError(undefined)).toBe('undefined')
})
