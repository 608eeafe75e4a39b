import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SecureContext } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { makeCertificates, type Certificates } from '../../test/kit/certificates.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { tempDir } from '../../test/kit/temp_dir.ts'
import { FakeClock, settingsOf } from './fixtures.ts'
import { clientSecureContext, readClientPem } from './tls_client.ts'
import { ClientCertificates } from './tls_client_certificates.ts'
import { tlsClientConfig } from './tls_client_config.ts'
import { CIPHER_SUITES, CURVES, type Curve } from './tls_names.ts'

cleansUp()

/** Openssl takes a while: two sets for all tests. */
let made: Promise<[Certificates, Certificates]> | undefined
const twoSets = () => (made ??= Promise.all([makeCertificates(), makeCertificates()]))

async function contextOf(given: object): Promise<SecureContext> {
  const tls = tlsClientConfig.parse(given)
  return clientSecureContext(tls, await readClientPem(tls))
}

describe('the certificates of a client', () => {
  it('come from files or from the configuration itself', async () => {
    const [{ caFile, ca, client }] = await twoSets()
    const files = { ca_file: caFile, cert_file: client.certFile, key_file: client.keyFile }
    const texts = {
      ca_pem: ca.toString(),
      cert_pem: client.cert.toString(),
      key_pem: client.key.toString(),
    }
    const [read, given] = await Promise.all(
      [files, texts].map((tls) => readClientPem(tlsClientConfig.parse(tls))),
    )
    expect(read).toEqual(given)
  })

  it('make a context with every cipher suite and curve that may be chosen', async () => {
    for (const suite of CIPHER_SUITES) await contextOf({ cipher_suites: [suite] })
    for (const curve of Object.keys(CURVES) as Curve[])
      await contextOf({ curve_preferences: [curve] })
    await contextOf({ include_system_ca_certs_pool: true, min_version: '1.0' })
  })

  it.each(['ca', 'cert', 'key'])('are not there when %s_file cannot be read', async (name) => {
    const [{ caFile, client }] = await twoSets()
    const files = { ca_file: caFile, cert_file: client.certFile, key_file: client.keyFile }
    await expect(contextOf({ ...files, [`${name}_file`]: '/no/such.pem' })).rejects.toMatchObject({
      message: `read tls.${name}_file /no/such.pem`,
      cause: { message: "ENOENT: no such file or directory, open '/no/such.pem'" },
    })
  })

  it('are not there when what is given is none', async () => {
    await expect(contextOf({ ca_file: import.meta.filename })).rejects.toThrow(
      `read tls.ca_file ${import.meta.filename}`,
    )
    await expect(contextOf({ ca_pem: 'hello' })).rejects.toThrow('read tls.ca_pem')
  })

  it('do not go with a key that belongs to another one', async () => {
    const [{ server, client }] = await twoSets()
    const tls = { cert_file: client.certFile, key_pem: server.key.toString() }
    await expect(contextOf(tls)).rejects.toThrow(
      `use certificates of tls (${client.certFile}, key_pem)`,
    )
  })
})

describe('certificates that change', () => {
  async function watched(reload_interval: string) {
    const [first, second] = await twoSets()
    const dir = tempDir('watched')
    const files = { cert_file: join(dir, 'tls.crt'), key_file: join(dir, 'tls.key') }
    const place = ({ client }: typeof first) => {
      copyFileSync(client.certFile, files.cert_file)
      copyFileSync(client.keyFile, files.key_file)
    }
    place(first)
    const { settings, logged } = settingsOf('otlp_grpc')
    const clock = new FakeClock()
    const tls = tlsClientConfig.parse({ ...files, reload_interval })
    const certificates = new ClientCertificates(tls, settings.log, clock)
    const changes: SecureContext[] = []
    await certificates.start((context) => void changes.push(context))
    const pass = async (ms: number) => {
      await clock.advance(ms)
      await eventually(() => expect(clock.next).toBeDefined())
    }
    return { files, first, second, place, clock, pass, certificates, changes, logged }
  }

  it('are read again every reload_interval, and used when they are others', async () => {
    const { second, place, pass, changes, logged } = await watched('10s')
    await pass(10_000)
    expect(changes).toHaveLength(0)
    place(second)
    await pass(9_999)
    expect(changes).toHaveLength(0)
    await pass(1)
    expect(changes).toHaveLength(1)
    await pass(10_000)
    expect(changes).toHaveLength(1)
    expect(logged).toEqual(['info  Certificates were read again.'])
  })

  it('go on when the new ones are not complete yet, and say so once', async () => {
    const { files, second, place, pass, changes, logged } = await watched('10s')
    copyFileSync(second.client.certFile, files.cert_file)
    await pass(20_000)
    expect(changes).toHaveLength(0)
    writeFileSync(files.cert_file, '')
    await pass(10_000)
    place(second)
    await pass(10_000)
    expect(changes).toHaveLength(1)
    expect(logged).toEqual([
      expect.stringMatching(
        /^warn {2}Certificates cannot be read again, going on with the old ones\. error="use certificates of tls \(.*tls\.crt, .*tls\.key\): .*key values mismatch"$/,
      ),
      'info  Certificates were read again.',
    ])
  })

  it('are read once only without reload_interval, and not after the end', async () => {
    const { clock } = await watched('0s')
    expect(clock.next).toBeUndefined()
    const { clock: other, certificates } = await watched('10s')
    certificates.stop()
    expect(other.next).toBeUndefined()
  })
})
