import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import type { TlsClientConfig } from './tls_client_config.ts'
import { cipherList, curveList, NODE_TLS_VERSIONS } from './tls_names.ts'

/** Certificates and keys as PEM; undefined where none are configured. */
export interface ClientPem {
  readonly ca: Buffer | undefined
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
}

/** Reads what `tls` names. Rejects with an error that names the key and the file. */
export async function readClientPem(tls: TlsClientConfig): Promise<ClientPem> {
  const [ca, cert, key] = await Promise.all([
    readPem(tls, 'ca'),
    readPem(tls, 'cert'),
    readPem(tls, 'key'),
  ])
  return { ca, cert, key }
}

/** What connections are made with. Throws when the certificate and the key do not belong together. */
export function clientSecureContext(tls: TlsClientConfig, pem: ClientPem): SecureContext {
  const { min_version, max_version, cipher_suites, curve_preferences } = tls
  const ciphers = cipherList(cipher_suites)
  const curves = curveList(curve_preferences)
  try {
    return createSecureContext({
      ca: authorities(tls, pem),
      cert: pem.cert,
      key: pem.key,
      minVersion: NODE_TLS_VERSIONS[min_version],
      maxVersion: NODE_TLS_VERSIONS[max_version],
      ...(ciphers !== undefined && { ciphers }),
      ...(curves !== undefined && { ecdhCurve: curves }),
    })
  } catch (cause) {
    throw new Error(`use certificates of tls (${sourcesOf(tls).join(', ')})`, { cause })
  }
}

/** True when both came from the same bytes. */
export function samePem(one: ClientPem, other: ClientPem): boolean {
  return (['ca', 'cert', 'key'] as const).every((part) => sameBytes(one[part], other[part]))
}

function sameBytes(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one && other ? one.equals(other) : one === other
}

async function readPem(
  tls: TlsClientConfig,
  name: 'ca' | 'cert' | 'key',
): Promise<Buffer | undefined> {
  const path = tls[`${name}_file`]
  const text = tls[`${name}_pem`]
  if (path === undefined && text === undefined) return undefined
  try {
    const bytes = path === undefined ? Buffer.from(text!.reveal()) : await readFile(path)
    // Without this, a file with no certificate in it is taken for an empty list of them.
    if (name !== 'key') new X509Certificate(bytes)
    return bytes
  } catch (cause) {
    const place = path === undefined ? `tls.${name}_pem` : `tls.${name}_file ${path}`
    throw new Error(`read ${place}`, { cause })
  }
}

function authorities(tls: TlsClientConfig, { ca }: ClientPem): (string | Buffer)[] {
  if (!ca) return systemAuthorities()
  return tls.include_system_ca_certs_pool ? [ca, ...systemAuthorities()] : [ca]
}

/** The system's authorities, as Go programs have them, beside those that came with Node. */
function systemAuthorities(): string[] {
  return [...new Set([...getCACertificates('system'), ...getCACertificates('bundled')])]
}

function sourcesOf(tls: TlsClientConfig): string[] {
  return (['ca', 'cert', 'key'] as const).flatMap((name) => {
    const path = tls[`${name}_file`]
    if (path !== undefined) return [path]
    return tls[`${name}_pem`] ? [`${name}_pem`] : []
  })
}
