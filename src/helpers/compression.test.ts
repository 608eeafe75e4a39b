import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compress, decompress, encodingOf } from './compression.ts'

const body = Buffer.from(`\n${'span '.repeat(1_000)}`)

describe('compress', () => {
  it.each(['gzip', 'deflate', 'zstd'] as const)('is undone after %s', async (encoding) => {
    const compressed = await compress(body, encoding)
    expect(encodingOf(compressed)).toBe(encoding)
    expect(compressed.length).toBeLessThan(100)
    await expect(decompress(compressed)).resolves.toEqual(body)
  })

  it('leaves what would become larger as it is', async () => {
    const noise = Buffer.concat([Buffer.from('\n'), randomBytes(1_000)])
    await expect(compress(noise, 'zstd')).resolves.toBe(noise)
  })

  it('compresses what could be taken for something compressed, however large it becomes', async () => {
    const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3])
    const compressed = await compress(magic, 'zstd')
    expect(compressed.length).toBeGreaterThan(magic.length)
    await expect(decompress(compressed)).resolves.toEqual(magic)
  })
})

describe('decompress', () => {
  it('gives back what is not compressed, or only looks so', async () => {
    const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3])
    await expect(decompress(body)).resolves.toBe(body)
    await expect(decompress(magic)).resolves.toBe(magic)
  })
})

describe('encodingOf', () => {
  it('takes a request in protobuf and one in JSON for what they are', () => {
    expect(encodingOf(body)).toBe('identity')
    expect(encodingOf(Buffer.from('{"resourceSpans":[]}'))).toBe('identity')
    expect(encodingOf(Buffer.alloc(0))).toBe('identity')
  })
})
