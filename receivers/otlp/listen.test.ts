import { existsSync, renameSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect as connectHttp2 } from 'node:http2'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeError, type UnsupportedError } from '../../src/component/errors.ts'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { settingsOf } from '../../src/helpers/fixtures.ts'
import { tellOfLostConnections } from '../../src/helpers/http_server/listen.ts'
import { call, grpcSession, post, requestOf, running } from './fixtures.ts'

cleansUp()

const one = requestOf('traces')

let endTaken = (): void => {}

/** Somebody else who listens, until the test or `endTaken` ends it. */
async function taken(listen: { port: number; host: string } | { path: string }): Promise<number> {
  const server = createServer()
  endTaken = () => void server.close()
  await new Promise<void>((resolve) => server.listen(listen, resolve))
  onTestFinished(endTaken)
  const address = server.address() as AddressInfo
  return address.port
}

describe('the place to listen', () => {
  it.each([
    ['grpc', { http: null }],
    ['http', { grpc: null }],
  ] as const)('of %s that is taken is named with its option', async (protocol, others) => {
    const port = await taken({ host: '127.0.0.1', port: 0 })
    const options = { ...others, [protocol]: { endpoint: `127.0.0.1:${port}` } }
    const error = await running(options).catch((caught: unknown) => caught)
    const option = `receivers.otlp.protocols.${protocol}.endpoint`
    expect(describeError(error)).toBe(
      `listen on 127.0.0.1:${port} (${option}): listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
    )
    expect((error as UnsupportedError).remedy).toBe(
      `Choose another place with ${option}, or end what listens there.`,
    )
  })

  it('may be an address of IPv6', async () => {
    const at = { endpoint: '[::1]:0' }
    const { grpc, http } = await running({ grpc: at, http: at })
    expect([grpc, http].every((place) => place.startsWith('[::1]:'))).toBe(true)
    expect(await call(grpcSession(grpc), 'traces', one)).toMatchObject({ status: 0 })
    expect((await post(http, '/v1/traces', one)).status).toBe(200)
  })

  it('without a host is every address, of IPv6 and IPv4', async () => {
    const { http } = await running({ http: { endpoint: ':0' }, grpc: null })
    const port = http.split(':').at(-1)
    const answers = [post(`[::1]:${port}`, '/v1/traces', one), post(`127.0.0.1:${port}`, '/', one)]
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 404])
  })

  it('keeps to the version of IP that the transport names', async () => {
    const { http } = await running({ http: { endpoint: ':0', transport: 'tcp6' }, grpc: null })
    const port = http.split(':').at(-1)
    expect((await post(`[::1]:${port}`, '/v1/traces', one)).status).toBe(200)
    await expect(post(`127.0.0.1:${port}`, '/', one)).rejects.toThrow('fetch failed')
  })

  it('named localhost is 127.0.0.1', async () => {
    const { http } = await running({ http: { endpoint: 'localhost:0' }, grpc: null })
    expect(http).toMatch(/^127\.0\.0\.1:/)
  })

  it('may be a Unix socket, which goes with the receiver', async () => {
    const path = join(tempDir('otlp'), 'grpc.sock')
    const at = { http: null, grpc: { transport: 'unix', endpoint: path } }
    const { receiver } = await running(at)
    const session = connectHttp2('http://localhost', { createConnection: () => connect(path) })
    onTestFinished(() => session.destroy())
    expect(await call(session, 'traces', one)).toMatchObject({ status: 0 })
    await expect(running(at)).rejects.toThrow(`listen on ${path}`)
    await receiver.shutdown()
    expect(existsSync(path)).toBe(false)
  })

  it('may be a Unix socket that a killed agent left', async () => {
    const dir = tempDir('otlp')
    const path = join(dir, 'http.sock')
    await taken({ path: join(dir, 'other') })
    renameSync(join(dir, 'other'), path)
    endTaken()
    const { http } = await running({ grpc: null, http: { transport: 'unix', endpoint: path } })
    expect(http).toBe(path)
  })

  it('serves only the protocols that are named', async () => {
    const { grpc, http } = await running({ grpc: null })
    expect([grpc, http !== '']).toEqual(['', true])
  })
})

it('says once that connections cannot be taken, and how many when it is over', () => {
  const server = createServer()
  const { settings, logged } = settingsOf('otlp')
  tellOfLostConnections(server, settings.log)
  for (let i = 0; i < 3; i++) server.emit('error', new Error('accept EMFILE'))
  server.emit('connection')
  expect(logged.map((line) => line.split('\n')[0])).toEqual([
    expect.stringContaining('Cannot take a connection.'),
  ])
  server.emit('close')
  expect(logged[1]).toContain('Connections that could not be taken. connections=3')
})
