import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { settingsOf } from '../../src/helpers/fixtures.ts'
import { counter, gauge, numberPoint, TIME_NS } from '../../src/pdata/metrics_for_tests.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { prometheusConfig } from './config.ts'
import { PrometheusExporter } from './exporter.ts'
import { started } from './fixtures.ts'

cleansUp()

const nobody = new Resource({})

function ask(url: string, method = 'GET', headers: Record<string, string> = {}) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, headers, agent: false }, resolve).on('error', reject).end()
  })
}

/** A page of about `megabytes`. */
async function large(megabytes: number) {
  const made = await started()
  const points = Array.from({ length: megabytes * 1_000 }, (_, i) =>
    numberPoint(i, { path: `/${'x'.repeat(960)}/${i}` }),
  )
  await made.take(nobody, gauge('g', points))
  return made
}

describe('the server', () => {
  it('answers GET and HEAD of /metrics, whatever the query', async () => {
    const { url, take } = await started()
    await take(nobody, gauge('g', [numberPoint(1)]))
    for (const [path, method, body] of [
      ['', 'GET', '# TYPE g gauge\ng 1\n'],
      ['?name[]=up', 'GET', '# TYPE g gauge\ng 1\n'],
      ['', 'HEAD', ''],
    ]) {
      const response = await ask(url + path, method)
      expect([response.statusCode, response.headers['content-type']]).toEqual([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
      ])
      expect(await text(response)).toBe(body)
    }
  })

  it.each([
    ['GET', '/', 404, 'The metrics are at /metrics.\n'],
    ['GET', '/metrics/', 404, 'The metrics are at /metrics.\n'],
    ['GET', '/metrics/../secret', 404, 'The metrics are at /metrics.\n'],
    ['POST', '/metrics', 405, 'Only GET and HEAD are answered.\n'],
    ['DELETE', '/metrics', 405, 'Only GET and HEAD are answered.\n'],
  ])('answers %s of %s with %i', async (method, path, status, body) => {
    const { url } = await started()
    const response = await ask(new URL(url).origin + path, method)
    expect([response.statusCode, await text(response)]).toEqual([status, body])
    expect(response.headers.allow).toBe(status === 405 ? 'GET, HEAD' : undefined)
  })

  it('says what it chose', async () => {
    const { url } = await started({ enable_open_metrics: true })
    const accept = 'application/openmetrics-text; version=1.0.0'
    const response = await ask(url, 'GET', { accept, 'accept-encoding': 'gzip' })
    expect(response.headers).toMatchObject({
      'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
      'content-encoding': 'gzip',
      vary: 'Accept, Accept-Encoding',
    })
    expect(gunzipSync(await buffer(response)).toString()).toBe('# EOF\n')
  })

  it('compresses when asked', async () => {
    const { url } = await large(2)
    const plain = await text(await ask(url))
    const packed = await buffer(await ask(url, 'GET', { 'accept-encoding': 'gzip' }))
    expect(packed.length * 10).toBeLessThan(plain.length)
    expect(gunzipSync(packed).toString() === plain).toBe(true)
  })

  it('goes on with other work while it answers, and takes what comes', async () => {
    const { url, take } = await large(3)
    const response = await ask(url)
    let turns = 0
    const count = setInterval(() => turns++, 0)
    for (let n = 0; n < 20; n++) {
      await take(nobody, counter('c', [numberPoint(n, {}, { timeNs: TIME_NS + BigInt(n) })]))
      await new Promise((resolve) => void setImmediate(resolve))
    }
    const lines = (await text(response)).split('\n')
    clearInterval(count)
    expect(lines.filter((line) => line.startsWith('g{'))).toHaveLength(3_000)
    expect(lines.filter((line) => line.startsWith('#'))).toEqual(['# TYPE g gauge'])
    expect(turns).toBeGreaterThan(5)
  })

  it('answers several at once, and forgets those who go away', async () => {
    const { url, exporter, logged } = await large(8)
    const { port } = new URL(url)
    const leaver = connect(Number(port), '127.0.0.1')
    leaver.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => void leaver.once('data', resolve))
    leaver.pause()
    const scrapes = await Promise.all([1, 2, 3].map(async () => text(await ask(url))))
    leaver.destroy()
    expect(new Set(scrapes.map(({ length }) => length)).size).toBe(1)
    await eventually(() =>
      expect(logged).toEqual(['debug A scrape was broken off. error="Premature close"']),
    )
    await exporter.shutdown()
  })

  it('lets a scrape that is under way finish, and ends one that does not', async () => {
    const { url, exporter, clock } = await large(8)
    const [quick, stuck] = await Promise.all([ask(url), ask(url)])
    stuck.on('error', () => {})
    const body = text(quick)
    const ended = exporter.shutdown()
    expect((await body).endsWith('} 7999\n')).toBe(true)
    await expect(ask(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await clock.advance(1_000)
    await ended
    await expect(text(stuck)).rejects.toMatchObject({ code: 'ECONNRESET' })
  }, 10_000)

  it('does not start where another listens', async () => {
    const { url } = await started()
    const { settings } = settingsOf('prometheus')
    const endpoint = new URL(url).host
    const second = new PrometheusExporter(settings, prometheusConfig.parse({ endpoint }))
    await expect(second.start()).rejects.toMatchObject({
      message: `listen on ${endpoint}`,
      cause: { code: 'EADDRINUSE' },
    })
    await second.shutdown()
  })

  it('listens on IPv6 too', async () => {
    const { url } = await started({ endpoint: '[::1]:0' })
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/)
    expect((await ask(url)).statusCode).toBe(200)
  })
})
