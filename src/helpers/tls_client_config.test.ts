import { describe, expect, it } from 'vitest'
import { tlsClientConfig } from './tls_client_config.ts'
import { cipherList, curveList } from './tls_names.ts'

const problemsOf = (given: object) =>
  tlsClientConfig
    .safeParse(given)
    .error?.issues.map(({ path, message }) => [path.join('.'), message])

describe('tls of a client', () => {
  it("has the Collector's defaults", () => {
    expect(tlsClientConfig.parse(undefined)).toEqual({
      insecure: false,
      insecure_skip_verify: false,
      include_system_ca_certs_pool: false,
      min_version: '1.2',
      max_version: '1.3',
      cipher_suites: [],
      curve_preferences: [],
      reload_interval: 0,
    })
  })

  it('shows no certificate or key that stands in the configuration', () => {
    const tls = tlsClientConfig.parse({ ca_pem: 'CA', cert_pem: 'CERT', key_pem: 'KEY' })
    expect(JSON.stringify(tls)).not.toMatch(/CA|CERT|KEY/)
  })

  it.each([
    [
      { cert_file: 'a' },
      'cert_file',
      'expected a certificate and its key: cert_file and key_file together',
    ],
    [
      { key_pem: 'a' },
      'key_pem',
      'expected a certificate and its key: cert_file and key_file together',
    ],
    [{ ca_file: 'a', ca_pem: 'b' }, 'ca_pem', 'expected either ca_file or ca_pem'],
    [
      { min_version: '1.3', max_version: '1.2' },
      'max_version',
      'expected at least min_version, which is 1.3',
    ],
  ])('refuses %j', (given, key, message) => {
    expect(problemsOf(given)).toEqual([[key, message]])
  })

  it('refuses cipher suites that Go holds to be unsafe', () => {
    expect(problemsOf({ cipher_suites: ['TLS_RSA_WITH_RC4_128_SHA'] })).toHaveLength(1)
  })
})

describe('the names of ciphers and curves', () => {
  it('are those of OpenSSL, and TLS 1.3 keeps its own', () => {
    expect(cipherList([])).toBeUndefined()
    expect(cipherList(['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'])).toBe(
      'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    )
    expect(cipherList(['TLS_AES_128_GCM_SHA256'])).toBe('TLS_AES_128_GCM_SHA256')
    expect(curveList(['X25519', 'P256'])).toBe('X25519:P-256')
  })
})
