import { expect, it } from 'vitest'
import { claim } from './claims.ts'

it('gives something to one at a time', () => {
  const giveBack = claim('the file "/tmp/a"')
  expect(() => claim('the file "/tmp/a"')).toThrow('another component has the file "/tmp/a"')
  claim('the file "/tmp/b"')()
  giveBack()
  claim('the file "/tmp/a"')()
})
