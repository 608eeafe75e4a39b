import { expect, it } from 'vitest'
import { cleansUp } from './fixtures.ts'
import { chunked, request, response } from './messages.ts'
import { pass, rawPair, sendSingly } from './raw.ts'

cleansUp()

it('sends and reads what it is told, and neither more nor less', async () => {
  const { client, server, close } = await rawPair()
  await client.send('one two three')
  expect(await server.take(3)).toBe('one')
  expect(await server.takeUntil('t')).toBe(' t')
  expect(await server.takeUntil('three')).toBe('wo three')
  expect(await sendSingly(server, client, 'bytes')).toBe('bytes')
  await close()
})

it('says how far it came when the connection ends before', async () => {
  const { client, server, close } = await rawPair()
  await client.send('half')
  client.end()
  await expect(server.take(8)).rejects.toThrow('the connection ended after 4 bytes')
  await pass(server, client, 'the other half')
  server.reset()
  expect(await client.takeRest()).toBe('')
  await close()
})

it('writes messages as HTTP has them', () => {
  expect(request('POST', '/a', 'abc', { 'X-B': 1 })).toBe(
    'POST /a HTTP/1.1\r\nHost: raw.test\r\nContent-Length: 3\r\nX-B: 1\r\n\r\nabc',
  )
  expect(request('GET', '/')).toBe('GET / HTTP/1.1\r\nHost: raw.test\r\n\r\n')
  expect(response(200)).toBe('HTTP/1.1 200 Whatever\r\nContent-Length: 0\r\n\r\n')
  expect(chunked(['a'.repeat(17)], { extension: ';x', trailers: { T: 'v' } })).toBe(
    `11;x\r\n${'a'.repeat(17)}\r\n0;x\r\nT: v\r\n\r\n`,
  )
})
