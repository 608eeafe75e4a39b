import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { settingsOf } from './fixtures.ts'
import { json, PageServer, text, type PageServerOptions } from './page_server.ts'

let server: PageServer | undefined
afterEach(() => server?.shutdown())

const anywhere = { host: '127.0.0.1', port: 0 }
const { settings, logged } = settingsOf('x')

function serverOf(answer: PageServerOptions['answer']): PageServer {
  logged.length = 0
  server = new PageServer({ answer, log: settings.log })
  return server
}

it('answers with what is made for the path and the query, and lets nobody keep it', async () => {
  const url = await serverOf(({ path, query }) => text(200, `${path} ${query.get('x')}\n`)).start(
    anywhere,
  )
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  const response = await fetch(`${url}/debug/x?x=1&y`)
  expect([response.status, await response.text()]).toEqual([200, '/debug/x 1\n'])
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'content-length': '11',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
})

it('answers with JSON, and HEAD without the page', async () => {
  const url = await serverOf(() => json(503, { a: 1 })).start(anywhere)
  const response = await fetch(url)
  expect([response.status, await response.json()]).toEqual([503, { a: 1 }])
  const head = await fetch(url, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
    503,
    '13',
    '',
  ])
})

it('refuses what would change something', async () => {
  const url = await serverOf(() => text(200, '')).start(anywhere)
  const response = await fetch(url, { method: 'POST', body: 'x' })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

it('answers 500 when a page cannot be made, says why, and goes on', async () => {
  let broken = true
  const url = await serverOf(async () => {
    if (broken) throw new Error('read status', { cause: new Error('closed') })
    return text(200, '')
  }).start(anywhere)
  const response = await fetch(`${url}/a`)
  expect([response.status, await response.text()]).toEqual([
    500,
    'This page cannot be made: read status: closed\n',
  ])
  expect(logged).toEqual(['error A page cannot be made. path=/a error="read status: closed"'])
  broken = false
  expect((await fetch(url)).status).toBe(200)
})

it('rejects when the address is taken, and says what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const starting = serverOf(() => text(200, '')).start({ host: '127.0.0.1', port })
  await expect(starting).rejects.toMatchObject({
    name: 'UnsupportedError',
    message: `listen on 127.0.0.1:${port}`,
    remedy: 'Choose another place with the option "endpoint", or end what listens there.',
    cause: { code: 'EADDRINUSE' },
  })
  await server!.shutdown()
  other.close()
})

it('listens on 127.0.0.1 for localhost, and names an IPv6 address in brackets', async () => {
  expect(await serverOf(() => text(200, '')).start({ host: 'localhost', port: 0 })).toMatch(
    /^http:\/\/127\.0\.0\.1:\d+$/,
  )
  await server!.shutdown()
  expect(await serverOf(() => text(200, '')).start({ host: '::1', port: 0 })).toMatch(
    /^http:\/\/\[::1\]:\d+$/,
  )
})

it('ends with connections that are open, twice, before it was started and while it starts', async () => {
  await serverOf(() => text(200, '')).shutdown()
  const { port } = new URL(await serverOf(() => text(200, '')).start(anywhere))
  const idle = connect(Number(port), '127.0.0.1')
  await once(idle, 'connect')
  const closed = once(idle, 'close')
  await server!.shutdown()
  await server!.shutdown()
  await closed
  const starting = serverOf(() => text(200, '')).start(anywhere)
  await server!.shutdown()
  expect(await starting).toBe('')
  const listening = serverOf(() => text(200, '')).start({ host: 'localhost', port: 0 })
  await Promise.resolve()
  await server!.shutdown()
  expect(await listening).toBe('')
})
