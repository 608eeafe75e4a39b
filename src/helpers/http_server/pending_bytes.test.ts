import { expect, it } from 'vitest'
import { PendingBytes } from './pending_bytes.ts'

it('has room for as much as is allowed, over all requests', () => {
  const pending = new PendingBytes(100)
  const [one, two] = [pending.share(), pending.share()]
  expect([one.add(60), two.add(40), two.add(1), one.add(1)]).toEqual([true, true, false, false])
  expect(pending.total).toBe(100)
})

it('has room again when a request is over', () => {
  const pending = new PendingBytes(100)
  const [one, two] = [pending.share(), pending.share()]
  one.add(60)
  expect(two.add(50)).toBe(false)
  one.release()
  one.release()
  expect([two.add(50), pending.total]).toEqual([true, 50])
})

it('lets a request that is alone have any size', () => {
  const pending = new PendingBytes(100)
  const [one, two] = [pending.share(), pending.share()]
  expect([one.add(90), one.add(90), two.add(1)]).toEqual([true, true, false])
})
