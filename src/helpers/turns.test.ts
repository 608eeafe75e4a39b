import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

it('lets others go first every four milliseconds', async () => {
  let nowMs = 0
  const turns = new Turns(() => nowMs)
  const order: string[] = []
  setImmediate(() => order.push('other'))
  nowMs = 3.9
  await turns.next()
  order.push('first part')
  nowMs = 4
  await turns.next()
  order.push('second part')
  expect(order).toEqual(['first part', 'other', 'second part'])
})
