import { describe, expect, it } from 'vitest'
import { BoundedLine } from './bounded_line.ts'
import { settled } from './fixtures.ts'

const lineOf = (capacity: number) => new BoundedLine<number>(capacity, (value) => value)

/** A line into which `values` were put. */
function filled(capacity: number, ...values: number[]) {
  const line = lineOf(capacity)
  line.reserve(values)
  line.push(values)
  return line
}

describe('BoundedLine', () => {
  it('has room for all values or none', () => {
    const line = filled(10, 4, 3)
    expect(line.reserve([1, 3])).toBe(false)
    expect([line.length, line.used]).toEqual([2, 7])
  })

  it('hands out first what came first', () => {
    const line = filled(10, 1, 2)
    line.reserve([3])
    line.push([3])
    expect([line.head, line.take(), line.take(), line.take()]).toEqual([1, 1, 2, 3])
    expect([line.head, line.take()]).toEqual([undefined, undefined])
  })

  it('hands out first what came first, however long the line is', () => {
    const values = Array.from({ length: 5_000 }, (_, i) => i)
    const line = lineOf(Infinity)
    line.push(values)
    expect(values.map(() => line.take())).toEqual(values)
    expect(line.length).toBe(0)
  })

  it('counts what was taken out until it is released', () => {
    const line = filled(3, 3)
    line.take()
    expect([line.full, line.reserve([1])]).toEqual([true, false])
    line.release([3])
    expect([line.full, line.reserve([1])]).toEqual([false, true])
  })

  it('takes beyond its bound what it is forced to take', () => {
    const line = lineOf(3)
    line.force([2, 2])
    expect([line.used, line.full, line.length]).toEqual([4, true, 2])
  })

  it('lets those who wait in as there is room, in the order in which they came', async () => {
    const line = filled(4, 4)
    const entered: string[] = []
    void line.wait([3]).then((isIn) => entered.push(`large ${isIn}`))
    void line.wait([1]).then((isIn) => entered.push(`small ${isIn}`))
    line.release([2])
    await settled()
    expect([entered, line.reserve([1])]).toEqual([[], false])
    line.release([2])
    await settled()
    expect([entered, line.used]).toEqual([['large true', 'small true'], 4])
  })

  it('lets no more wait than it can hold', async () => {
    const line = filled(4, 4)
    const waits = [line.wait([3]), line.wait([2])]
    await expect(waits[1]).resolves.toBe(false)
    line.endWaits()
    await expect(waits[0]).resolves.toBe(false)
  })

  it('knows what will never fit', () => {
    expect([lineOf(5).couldHold([2, 3]), lineOf(5).couldHold([2, 4])]).toEqual([true, false])
  })
})
