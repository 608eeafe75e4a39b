import { describe, expect, it } from 'vitest'
import { Renewable } from './renewable.ts'

describe('Renewable', () => {
  it('closes the old one when its last user is done, and gives new users the new one', async () => {
    const closed: string[] = []
    const renewable = new Renewable('old', (value) => void closed.push(value))
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const using = [first, second].map(({ promise }) => renewable.use(() => promise))
    renewable.renew('new')
    first.resolve()
    await using[0]
    expect(closed).toEqual([])
    await expect(renewable.use(async (value) => value)).resolves.toBe('new')
    second.reject(new Error('no'))
    await expect(using[1]).rejects.toThrow('no')
    expect(closed).toEqual(['old'])
  })

  it('closes an old one at once that nobody uses', () => {
    const closed: string[] = []
    const renewable = new Renewable('old', (value) => void closed.push(value))
    renewable.renew('new')
    renewable.close()
    expect(closed).toEqual(['old', 'new'])
  })
})
