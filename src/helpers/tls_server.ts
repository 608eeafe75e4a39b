import { createSecureContext, getCACertificates, type TlsOptions } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { TlsServerConfig } from './tls_server_config.ts'
import { cipherList, curveList, NODE_TLS_VERSIONS } from './tls_names.ts'

/** A connection whose handshake is not done after this long is closed, in milliseconds. */
const HANDSHAKE_MS = 10_000

/** Certificates and keys as PEM. */
export interface ServerPem {
  readonly cert: Buffer
  readonly key: Buffer
  /** The authorities of clients; undefined where clients need no certificate. */
  readonly clientCa: Buffer | undefined
}

/** Reads what `tls` names. Rejects with an error that names the key and the file. */
export async function readServerPem(tls: TlsServerConfig): Promise<ServerPem> {
  const [cert, key, clientCa] = await Promise.all([
    readPem('cert', tls.cert_file, tls.cert_pem?.reveal()),
    readPem('key', tls.key_file, tls.key_pem?.reveal()),
    readClientCa(tls),
  ])
  return { cert, key, clientCa }
}

/** Reads the authorities of clients; undefined where none are configured. */
export async function readClientCa({
  client_ca_file,
}: Pick<TlsServerConfig, 'client_ca_file'>): Promise<Buffer | undefined> {
  return client_ca_file === undefined ? undefined : readPem('client_ca', client_ca_file)
}

/** What a server listens with. Throws when the certificate and the key do not belong together. */
export function serverTlsOptions(tls: TlsServerConfig, pem: ServerPem): TlsOptions {
  const { min_version, max_version, cipher_suites, curve_preferences } = tls
  const ciphers = cipherList(cipher_suites)
  const curves = curveList(curve_preferences)
  const options: TlsOptions = {
    cert: pem.cert,
    key: pem.key,
    minVersion: NODE_TLS_VERSIONS[min_version],
    maxVersion: NODE_TLS_VERSIONS[max_version],
    handshakeTimeout: HANDSHAKE_MS,
    ...(ciphers !== undefined && { ciphers }),
    ...(curves !== undefined && { ecdhCurve: curves }),
    ...(pem.clientCa && {
      ca: authorities(tls, pem.clientCa),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  }
  try {
    createSecureContext(options)
  } catch (cause) {
    throw new Error(`use certificates of tls (${sourcesOf(tls).join(', ')})`, { cause })
  }
  return options
}

async function readPem(name: string, path: string | undefined, text?: string): Promise<Buffer> {
  try {
    const bytes = path === undefined ? Buffer.from(text ?? '') : await readFile(path)
    // Without this, a file with no certificate in it is taken for an empty list of them.
    if (name !== 'key') new X509Certificate(bytes)
    return bytes
  } catch (cause) {
    const place = path === undefined ? `tls.${name}_pem` : `tls.${name}_file ${path}`
    throw new Error(`read ${place}`, { cause })
  }
}

function authorities(tls: TlsServerConfig, clientCa: Buffer): (string | Buffer)[] {
  if (!tls.include_system_ca_certs_pool) return [clientCa]
  return [clientCa, ...getCACertificates('system')]
}

function sourcesOf({ cert_file, key_file, client_ca_file }: TlsServerConfig): string[] {
  const files = [cert_file ?? 'cert_pem', key_file ?? 'key_pem', client_ca_file]
  return files.filter((file) => file !== undefined)
}
