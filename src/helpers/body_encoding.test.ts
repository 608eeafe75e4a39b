import { describe, expect, it } from 'vitest'
import { BodyEncoding } from './body_encoding.ts'
import { compress, type Encoding } from './compression.ts'
import { settingsOf } from './fixtures.ts'

const body = Buffer.from(`\n${'span '.repeat(100)}`)

/** A destination that reads some encodings and says of the others that they may be unread. */
function destination(wanted: Encoding, readable: readonly Encoding[]) {
  const { settings, logged } = settingsOf('otlp_http')
  const bodies = new BodyEncoding({ wanted, log: settings.log })
  const tried: Encoding[] = []
  const send = async (given: Buffer) =>
    bodies.send(given, {
      attempt: async (_, encoding) => {
        tried.push(encoding)
        return readable.includes(encoding) ? 'read' : 'maybe_unread'
      },
      judge: (result) => result,
    })
  return { bodies, tried, send, logged }
}

describe('BodyEncoding', () => {
  it('goes down from zstd to what is read, says so once, and stays there', async () => {
    const { bodies, tried, send, logged } = destination('zstd', ['identity'])
    await expect(send(await bodies.prepare(body))).resolves.toBe('read')
    await expect(send(await bodies.prepare(body))).resolves.toBe('read')
    expect(tried).toEqual(['zstd', 'gzip', 'identity', 'identity'])
    expect(logged).toEqual([
      'warn  Destination does not read the configured compression. compression=zstd instead=none',
    ])
  })

  it('writes anew what was compressed before', async () => {
    const { tried, send } = destination('zstd', ['gzip', 'zstd'])
    await send(await compress(body, 'gzip'))
    expect(tried).toEqual(['zstd'])
  })

  it('sends what was compressed before without compression, where none is wanted', async () => {
    const { tried, send } = destination('identity', ['identity'])
    await send(await compress(body, 'gzip'))
    expect(tried).toEqual(['identity'])
  })

  it('gives back the first result when nothing is read, and keeps its way', async () => {
    const { bodies, tried, send, logged } = destination('gzip', [])
    await expect(send(await bodies.prepare(body))).resolves.toBe('maybe_unread')
    await send(await bodies.prepare(body))
    expect(tried).toEqual(['gzip', 'identity', 'gzip', 'identity'])
    expect(logged).toEqual([])
  })

  it('does not ask again once something compressed was read', async () => {
    const readable: Encoding[] = ['gzip']
    const { bodies, tried, send } = destination('gzip', readable)
    await send(await bodies.prepare(body))
    readable.pop()
    await expect(send(await bodies.prepare(body))).resolves.toBe('maybe_unread')
    expect(tried).toEqual(['gzip', 'gzip'])
  })
})
