import { z } from 'zod'
import { duration } from '../config/duration.ts'
import { secret } from '../config/secret.ts'
import { CIPHER_SUITES, CURVES, TLS_VERSIONS, type Curve } from './tls_names.ts'

const path = z.string().min(1).optional()
const pem = secret().optional()
const version = z.enum(TLS_VERSIONS)

/** `tls` of a client: the keys of the Collector's configtls.ClientConfig. Durations are milliseconds. */
export const tlsClientConfig = z
  .strictObject({
    insecure: z
      .boolean()
      .default(false)
      .describe('Connect without TLS. A scheme in the endpoint decides before this does.'),
    insecure_skip_verify: z
      .boolean()
      .default(false)
      .describe("Take any certificate of the server's, whoever signed it and for whatever name."),
    ca_file: path.describe(
      "PEM file of the authorities that may sign the server's certificate; the system's if not given.",
    ),
    ca_pem: pem.describe('The authorities themselves, as PEM, instead of ca_file.'),
    include_system_ca_certs_pool: z
      .boolean()
      .default(false)
      .describe("Trust the system's authorities beside those of ca_file or ca_pem."),
    cert_file: path.describe("PEM file of the client's certificate (mTLS), with a key."),
    cert_pem: pem.describe('The certificate itself, as PEM, instead of cert_file.'),
    key_file: path.describe("PEM file of the client's private key (mTLS), with a certificate."),
    key_pem: pem.describe('The private key itself, as PEM, instead of key_file.'),
    server_name_override: path.describe(
      "The name that the server's certificate must have, and that requests are sent to.",
    ),
    min_version: version.default('1.2').describe('The oldest TLS to speak.'),
    max_version: version.default('1.3').describe('The newest TLS to speak.'),
    cipher_suites: z
      .array(z.enum(CIPHER_SUITES).meta({ label: 'cipher suite' }))
      .default([])
      .describe(
        "Cipher suites to offer, by names such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; Node's own choice if empty.",
      ),
    curve_preferences: z
      .array(z.enum(Object.keys(CURVES) as Curve[]))
      .default([])
      .describe("Groups for the exchange of keys, the best first; OpenSSL's own if empty."),
    reload_interval: duration()
      .prefault('0s')
      .describe(
        'How often the files are read again; new connections use what changed. 0: at the start only.',
      ),
  })
  .superRefine((tls, context) => {
    for (const [key, message] of faultsOf(tls)) {
      context.addIssue({ code: 'custom', path: [key], message })
    }
  })
  .prefault({})
  .describe('Transport security.')
/** The parsed form of `tlsClientConfig`. */
export type TlsClientConfig = z.infer<typeof tlsClientConfig>

type Given = Readonly<Record<string, unknown>>

function faultsOf(tls: Given & { min_version: string; max_version: string }): [string, string][] {
  const both = ['ca', 'cert', 'key'].filter((name) => tls[`${name}_file`] && tls[`${name}_pem`])
  const faults = both.map((name): [string, string] => [
    `${name}_pem`,
    `expected either ${name}_file or ${name}_pem`,
  ])
  const cert = has(tls, 'cert')
  if (cert !== has(tls, 'key')) {
    const key = cert ? given(tls, 'cert') : given(tls, 'key')
    faults.push([key, 'expected a certificate and its key: cert_file and key_file together'])
  }
  if (tls.max_version < tls.min_version) {
    faults.push(['max_version', `expected at least min_version, which is ${tls.min_version}`])
  }
  return faults
}

function has(tls: Given, name: string): boolean {
  return tls[`${name}_file`] !== undefined || tls[`${name}_pem`] !== undefined
}

function given(tls: Given, name: string): string {
  return tls[`${name}_file`] === undefined ? `${name}_pem` : `${name}_file`
}
