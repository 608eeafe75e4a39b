import { copyFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it, vi } from 'vitest'
import { FakeClock } from '../../src/helpers/fixtures.ts'
import { makeCertificates, type Certificates } from '../../test/kit/certificates.ts'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { call, grpcSession, requestOf, running } from './fixtures.ts'

cleansUp()

const one = requestOf('traces')
/** Two authorities and what they signed; making them takes its time. */
const [first, second] = [await makeCertificates(), await makeCertificates()]

/** How a handshake fails for a client, by what it has read when the connection is closed. */
const ALERT = /alert|ECONNRESET|EPIPE|socket/

function tlsOf({ server }: Certificates, more: object = {}): object {
  return { cert_file: server.certFile, key_file: server.keyFile, ...more }
}

/** What a client of HTTPS gets, and the serial number of the certificate that it saw. */
function postTls(endpoint: string, options: object): Promise<{ status?: number; serial: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf' }
    const client = request(`https://${endpoint}/v1/traces`, { method: 'POST', headers, ...options })
    client.on('error', reject)
    client.on('response', (response) => {
      response.resume()
      const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate()
      resolve({ status: response.statusCode ?? 0, serial: serialNumber })
    })
    client.end(one)
  })
}

describe('TLS', () => {
  it('is spoken over both protocols, and nothing else is', async () => {
    const tls = tlsOf(first)
    const { grpc, http } = await running({ grpc: { tls }, http: { tls } })
    const { ca } = first
    const session = grpcSession(`https://${grpc}`, { ca })
    expect(await call(session, 'traces', one)).toMatchObject({ status: 0 })
    expect(await postTls(http, { ca })).toMatchObject({ status: 200 })
    await expect(fetch(`http://${http}/v1/traces`)).rejects.toThrow('fetch failed')
  })

  it('may have its certificate in the configuration', async () => {
    const { server, ca } = first
    const tls = { cert_pem: server.cert.toString(), key_pem: server.key.toString() }
    const { http } = await running({ grpc: null, http: { tls } })
    expect(await postTls(http, { ca })).toMatchObject({ status: 200 })
  })

  it('asks clients for certificates where that is configured', async () => {
    const { ca, caFile, client } = first
    const tls = tlsOf(first, { client_ca_file: caFile })
    const { grpc, http } = await running({ grpc: { tls }, http: { tls } })
    const { cert, key } = client
    const known = grpcSession(`https://${grpc}`, { ca, cert, key })
    expect(await call(known, 'traces', one)).toMatchObject({ status: 0 })
    expect(await postTls(http, { ca, cert, key })).toMatchObject({ status: 200 })
    const strange = grpcSession(`https://${grpc}`, { ca })
    expect(await call(strange, 'traces', one)).toMatchObject({ status: -1 })
    await expect(postTls(http, { ca })).rejects.toThrow(ALERT)
    const theirs = { ca, cert: second.client.cert, key: second.client.key }
    await expect(postTls(http, theirs)).rejects.toThrow(ALERT)
  })

  it('is of the configured versions, suites and groups', async () => {
    const tls = tlsOf(first, {
      max_version: '1.2',
      cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
      curve_preferences: ['P384'],
    })
    const { http } = await running({ grpc: null, http: { tls } })
    const { ca } = first
    expect(await postTls(http, { ca })).toMatchObject({ status: 200 })
    await expect(postTls(http, { ca, minVersion: 'TLSv1.3' })).rejects.toThrow(ALERT)
    const ciphers = 'ECDHE-ECDSA-AES128-GCM-SHA256'
    await expect(postTls(http, { ca, ciphers })).rejects.toThrow(ALERT)
    await expect(postTls(http, { ca, ecdhCurve: 'X25519' })).rejects.toThrow(ALERT)
  })

  it.each([
    ['cert_file', 'none', /^read tls\.cert_file .*none: ENOENT/],
    ['cert_file', 'empty', /^read tls\.cert_file .*empty: /],
    ['key_file', 'empty', /^use certificates of tls \(/],
  ])('with a %s that is %s is refused at the start', async (key, file, message) => {
    const path = join(tempDir('tls'), file)
    if (file === 'empty') writeFileSync(path, '')
    const tls = tlsOf(first, { [key]: path })
    const error = (await running({ grpc: null, http: { tls } }).catch(
      (caught: unknown) => caught,
    )) as Error
    expect(`${error.message}: ${(error.cause as Error).message}`).toMatch(message)
  })
})

describe('certificates that are replaced', () => {
  it('are used for new connections, and connections that are there go on', async () => {
    const clock = new FakeClock()
    const files = copyOf(first)
    const tls = { ...files, reload_interval: '10s' }
    const { grpc, http, lines } = await running({ grpc: { tls }, http: { tls }, clock })
    const session = grpcSession(`https://${grpc}`, { ca: first.ca })
    expect(await call(session, 'traces', one)).toMatchObject({ status: 0 })
    const agent = new Agent({ keepAlive: true, ca: first.ca })
    const before = await postTls(http, { agent })

    copyOf(second, files)
    await clock.advance(10_000)
    await vi.waitUntil(() => saidAgain(lines()) === 2)
    const both = { ca: [first.ca, second.ca] }
    const after = await postTls(http, both)
    expect(after.status).toBe(200)
    expect(after.serial).not.toBe(before.serial)
    const renewed = grpcSession(`https://${grpc}`, { ca: second.ca })
    expect(await call(renewed, 'traces', one)).toMatchObject({ status: 0 })
    expect(await call(session, 'traces', one)).toMatchObject({ status: 0 })
    expect(await postTls(http, { agent })).toMatchObject({ status: 200 })
    agent.destroy()
  })

  it('by halves are left alone until they are whole, and that is said once', async () => {
    const clock = new FakeClock()
    const files = copyOf(first)
    const tls = { ...files, reload_interval: '10s' }
    const { http, lines } = await running({ grpc: null, http: { tls }, clock })
    copyFileSync(second.server.certFile, files.cert_file)
    const warnings = (): number => lines().filter(({ level }) => level === 40).length
    for (let i = 0; i < 3; i++) {
      await clock.advance(10_000)
      await vi.waitUntil(() => warnings() === 1 && clock.next === 10_000)
    }
    expect(await postTls(http, { ca: first.ca })).toMatchObject({ status: 200 })
    copyOf(second, files)
    await clock.advance(10_000)
    await vi.waitUntil(() => saidAgain(lines()) === 1)
    expect(await postTls(http, { ca: second.ca })).toMatchObject({ status: 200 })
    expect(warnings()).toBe(1)
  })

  it('of the authority of clients are read again where that is configured', async () => {
    const clock = new FakeClock()
    const clientCa = join(tempDir('tls'), 'clients.crt')
    copyFileSync(first.caFile, clientCa)
    const tls = tlsOf(first, { client_ca_file: clientCa, client_ca_file_reload: true })
    const { http, lines } = await running({ grpc: null, http: { tls }, clock })
    const { ca } = first
    const theirs = { ca, cert: second.client.cert, key: second.client.key }
    await expect(postTls(http, theirs)).rejects.toThrow(ALERT)
    copyFileSync(second.caFile, clientCa)
    await clock.advance(5_000)
    await vi.waitUntil(() => saidAgain(lines()) === 1)
    expect(await postTls(http, theirs)).toMatchObject({ status: 200 })
    const old = { ca, cert: first.client.cert, key: first.client.key }
    await expect(postTls(http, old)).rejects.toThrow(ALERT)
  })
})

function saidAgain(lines: readonly { msg: string }[]): number {
  return lines.filter(({ msg }) => msg === 'Certificates were read again.').length
}

/** The files of a server's certificate and key, where they can be replaced. */
function copyOf(
  { server }: Certificates,
  files = { cert_file: '', key_file: '' },
): { cert_file: string; key_file: string } {
  const dir = tempDir('tls')
  const cert_file = files.cert_file || join(dir, 'server.crt')
  const key_file = files.key_file || join(dir, 'server.key')
  copyFileSync(server.certFile, cert_file)
  copyFileSync(server.keyFile, key_file)
  return { cert_file, key_file }
}
