import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { MetricsPage } from './metrics_page.ts'

let page: MetricsPage | undefined
afterEach(() => page?.shutdown())

const text = async () => ({ contentType: 'text/plain; version=0.0.4', text: 'a 1\n' })
const anywhere = { host: '127.0.0.1', port: 0 }

async function served(render = text): Promise<string> {
  page = new MetricsPage(render)
  return page.start(anywhere)
}

it('serves the page at /metrics', async () => {
  const url = await served()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
  const response = await fetch(`${url}?x=1`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4')
  expect(await response.text()).toBe('a 1\n')
})

it('answers HEAD without the page, and says where it is elsewhere', async () => {
  const url = await served()
  const head = await fetch(url, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
    200,
    '4',
    '',
  ])
  const other = await fetch(new URL('/', url))
  expect([other.status, await other.text()]).toEqual([404, 'The metrics are at /metrics.\n'])
})

it('refuses what would change something', async () => {
  const response = await fetch(await served(), { method: 'POST', body: 'x' })
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('GET, HEAD')
})

it('answers 500 when the page cannot be made, and goes on', async () => {
  let broken = true
  const url = await served(async () => {
    if (broken) throw new Error('closed')
    return text()
  })
  const response = await fetch(url)
  expect([response.status, await response.text()]).toEqual([
    500,
    'The metrics cannot be told: Error: closed\n',
  ])
  broken = false
  expect((await fetch(url)).status).toBe(200)
})

it('rejects when the address is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  page = new MetricsPage(text)
  await expect(page.start({ host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
  await page.shutdown()
  other.close()
})

it('names an IPv6 address in brackets', async () => {
  page = new MetricsPage(text)
  expect(await page.start({ host: '::1', port: 0 })).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/)
})

it('ends with connections that are open, twice, and before it was started', async () => {
  await new MetricsPage(text).shutdown()
  const { port } = new URL(await served())
  const idle = connect(Number(port), '127.0.0.1')
  await once(idle, 'connect')
  const closed = once(idle, 'close')
  await page!.shutdown()
  await page!.shutdown()
  await closed
})
