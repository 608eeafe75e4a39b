import { describe, expect, it } from 'vitest'
import { BoundedLine } from './bounded_line.ts'
import { settled } from './fixtures.ts'

const lineOf = (capacity: number) => new BoundedLine<number>(capacity, (value) => value)

describe('BoundedLine', () => {
  it('takes all values or none', () => {
    const line = lineOf(10)
    expect(line.add([4, 3])).toBe(true)
    expect(line.add([1, 3])).toBe(false)
    expect([line.length, line.used]).toEqual([2, 7])
  })

  it('hands out first what came first', () => {
    const line = lineOf(10)
    line.add([1, 2])
    line.add([3])
    expect([line.take()?.value, line.take()?.value, line.take()?.value]).toEqual([1, 2, 3])
    expect(line.take()).toBeUndefined()
  })

  it('counts what was taken out until it is released', () => {
    const line = lineOf(3)
    line.add([3])
    const taken = line.take()
    expect([line.full, line.add([1])]).toEqual([true, false])
    taken?.release()
    expect([line.full, line.add([1])]).toEqual([false, true])
  })

  it('tells those who wait when there is room', async () => {
    const line = lineOf(1)
    line.add([1])
    let told = 0
    void line.room().then(() => told++)
    await settled()
    expect(told).toBe(0)
    line.take()?.release()
    await settled()
    expect(told).toBe(1)
  })

  it('knows what will never fit', () => {
    expect([lineOf(5).couldHold([2, 3]), lineOf(5).couldHold([2, 4])]).toEqual([true, false])
  })
})
