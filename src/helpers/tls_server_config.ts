import { z } from 'zod'
import { duration } from '../config/duration.ts'
import { secret } from '../config/secret.ts'
import { CIPHER_SUITES, CURVES, TLS_VERSIONS, type Curve } from './tls_names.ts'

const path = z.string().min(1).optional()
const pem = secret().optional()
const version = z.enum(TLS_VERSIONS)

/** `tls` of a server: the keys of the Collector's configtls.ServerConfig. Durations are milliseconds. */
export const tlsServerConfig = z
  .strictObject({
    cert_file: path.describe("PEM file of the server's certificate, with those that signed it."),
    cert_pem: pem.describe('The certificate itself, as PEM, instead of cert_file.'),
    key_file: path.describe("PEM file of the server's private key."),
    key_pem: pem.describe('The private key itself, as PEM, instead of key_file.'),
    client_ca_file: path.describe(
      'PEM file of the authorities that must have signed the certificates of clients (mTLS). Without it no certificate is asked for.',
    ),
    client_ca_file_reload: z
      .boolean()
      .default(false)
      .describe('Read client_ca_file again when it changes, within five seconds.'),
    include_system_ca_certs_pool: z
      .boolean()
      .default(false)
      .describe("Let the system's authorities sign certificates of clients beside client_ca_file."),
    ca_file: path.describe(
      'Taken, and without effect on a server, as in the Collector: clients are checked with client_ca_file.',
    ),
    ca_pem: pem.describe('As ca_file.'),
    min_version: version.default('1.2').describe('The oldest TLS to speak.'),
    max_version: version.default('1.3').describe('The newest TLS to speak.'),
    cipher_suites: z
      .array(z.enum(CIPHER_SUITES))
      .default([])
      .describe("Cipher suites to take, by their IANA names; Node's own choice if empty."),
    curve_preferences: z
      .array(z.enum(Object.keys(CURVES) as Curve[]))
      .default([])
      .describe("Groups for the exchange of keys, the best first; OpenSSL's own if empty."),
    reload_interval: duration()
      .prefault('0s')
      .describe(
        'How often certificate and key are read again; new connections use what changed. 0: at the start only.',
      ),
  })
  .superRefine((tls, context) => {
    for (const [key, message] of faultsOf(tls)) {
      context.addIssue({ code: 'custom', path: [key], message })
    }
  })
/** The parsed form of `tlsServerConfig`. */
export type TlsServerConfig = z.infer<typeof tlsServerConfig>

type Given = Readonly<Record<string, unknown>>

function faultsOf(tls: Given & { min_version: string; max_version: string }): [string, string][] {
  const faults: [string, string][] = []
  for (const name of ['cert', 'key']) {
    const [file, text] = [tls[`${name}_file`], tls[`${name}_pem`]]
    if (file !== undefined && text !== undefined) {
      faults.push([`${name}_pem`, `expected either ${name}_file or ${name}_pem`])
    }
    if (file === undefined && text === undefined) {
      faults.push([`${name}_file`, 'expected a certificate and its key: cert_file and key_file'])
    }
  }
  if (tls.max_version < tls.min_version) {
    faults.push(['max_version', `expected at least min_version, which is ${tls.min_version}`])
  }
  return faults
}
