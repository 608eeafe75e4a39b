import { randomBytes } from 'node:crypto'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { inflate } from './inflate.ts'

const MIB = 1024 * 1024
const codings = [
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
  ['zlib', deflateSync],
  ['deflate', deflateSync],
] as const

describe.each(codings)('a body in %s', (coding, compress) => {
  it.each([0, 1, 1000, 65_535, 65_536, 65_537, 3 * MIB])('of %d bytes is read', async (bytes) => {
    const body = randomBytes(bytes)
    const read = await inflate(coding, compress(body), 4 * MIB)
    expect(read.kind === 'whole' && read.body.equals(body)).toBe(true)
  })

  it('may be as large as the limit, and no larger', async () => {
    const body = Buffer.alloc(MIB)
    expect(await inflate(coding, compress(body), MIB)).toMatchObject({ kind: 'whole' })
    expect(await inflate(coding, compress(body), MIB - 1)).toEqual({ kind: 'too_large' })
    expect(await inflate(coding, compress(Buffer.alloc(100)), 99)).toEqual({ kind: 'too_large' })
  })

  it('that would become a thousand times as large is given up on the way', async () => {
    const bomb = compress(Buffer.alloc(32 * MIB))
    const before = process.memoryUsage().arrayBuffers
    expect(await inflate(coding, bomb, MIB)).toEqual({ kind: 'too_large' })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MIB)
  })

  it('that is cut off or none at all is malformed', async () => {
    const body = compress(randomBytes(5000))
    const cut = await inflate(coding, body.subarray(0, 2000), MIB)
    expect(cut).toEqual({ kind: 'malformed', message: expect.any(String) as string })
    const noise = Buffer.from('this is nothing that anybody has compressed')
    expect(await inflate(coding, noise, MIB)).toMatchObject({ kind: 'malformed' })
    expect(await inflate(coding, Buffer.alloc(0), MIB)).toMatchObject({ kind: 'malformed' })
  })
})

it('does not believe what a gzip body says of its size', async () => {
  const body = Buffer.alloc(200_000, 'waggle')
  const small = gzipSync(body)
  small.writeUInt32LE(10, small.length - 4)
  expect(await inflate('gzip', small, MIB)).toMatchObject({ kind: 'malformed' })
  const large = gzipSync(Buffer.from('small'))
  large.writeUInt32LE(0xffffffff, large.length - 4)
  expect(await inflate('gzip', large, MIB)).toMatchObject({ kind: 'malformed' })
})

it('gives up a frame of zstd that asks for a window above the limit', async () => {
  // A frame header of RFC 8878: no content size, a window of 2^31 bytes.
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00])
  const message = 'Frame requires too much memory for decoding'
  expect(await inflate('zstd', frame, MIB)).toEqual({ kind: 'malformed', message })
})

it('leaves a body without compression as it is, up to the limit', async () => {
  const body = Buffer.alloc(100)
  expect(await inflate('identity', body, 100)).toEqual({ kind: 'whole', body })
  expect(await inflate('identity', body, 99)).toEqual({ kind: 'too_large' })
})
