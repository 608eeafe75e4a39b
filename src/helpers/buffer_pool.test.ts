import { describe, expect, it } from 'vitest'
import { BufferPool } from './buffer_pool.ts'

describe('a buffer pool', () => {
  it('gives a buffer that came back to the next who wants as much', () => {
    const pool = new BufferPool()
    const first = pool.take(100_000)
    expect(first.length).toBe(131_072)
    pool.giveBack(first)
    expect(pool.take(70_000)).toBe(first)
    expect(pool.take(70_000)).not.toBe(first)
  })

  it('keeps no more than 4 MiB', () => {
    const pool = new BufferPool()
    const buffers = Array.from({ length: 5 }, () => pool.take(1024 * 1024))
    for (const buffer of buffers) pool.giveBack(buffer)
    const again = Array.from({ length: 5 }, () => pool.take(1024 * 1024))
    expect(again.filter((buffer) => buffers.includes(buffer))).toHaveLength(4)
  })
})
