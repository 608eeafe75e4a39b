import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, getCACertificates, type SecureContextOptions } from 'node:tls'
import { ChannelCredentials } from '@grpc/grpc-js'
import type { OtlpGrpcConfig, TlsConfig } from './config.ts'

/** True when the connection has TLS: the endpoint's scheme decides, else `tls.insecure`. */
export function usesTls({ endpoint, tls }: Pick<OtlpGrpcConfig, 'endpoint' | 'tls'>): boolean {
  if (endpoint.scheme !== undefined) return endpoint.scheme === 'https'
  return !tls.insecure
}

/** Reads the files of `tls`. Throws an error that names the key and the file. */
export async function readCredentials(
  config: Pick<OtlpGrpcConfig, 'endpoint' | 'tls'>,
): Promise<ChannelCredentials> {
  if (!usesTls(config)) return ChannelCredentials.createInsecure()
  const { tls } = config
  const options: SecureContextOptions = {
    ca: (await readKey(tls, 'ca_file')) ?? trustedAuthorities(),
    cert: await readKey(tls, 'cert_file'),
    key: await readKey(tls, 'key_file'),
    minVersion: `TLSv${tls.min_version}`,
  }
  return ChannelCredentials.createFromSecureContext(secureContext(options, tls), {
    rejectUnauthorized: !tls.insecure_skip_verify,
    ...(tls.insecure_skip_verify && { checkServerIdentity: () => undefined }),
  })
}

async function readKey(
  tls: TlsConfig,
  key: 'ca_file' | 'cert_file' | 'key_file',
): Promise<Buffer | undefined> {
  const path = tls[key]
  if (path === undefined) return undefined
  try {
    const bytes = await readFile(path)
    // Without this, a file with no certificate in it is taken for an empty list of them.
    if (key !== 'key_file') new X509Certificate(bytes)
    return bytes
  } catch (cause) {
    throw new Error(`read tls.${key} ${path}`, { cause })
  }
}

function secureContext(
  options: SecureContextOptions,
  { ca_file, cert_file, key_file }: TlsConfig,
): ReturnType<typeof createSecureContext> {
  try {
    return createSecureContext(options)
  } catch (cause) {
    const files = [ca_file, cert_file, key_file].filter((path) => path !== undefined)
    throw new Error(`use certificates of tls (${files.join(', ')})`, { cause })
  }
}

/** The system's authorities, as Go programs have them, beside those that came with Node. */
function trustedAuthorities(): string[] {
  return [...new Set([...getCACertificates('system'), ...getCACertificates('bundled')])]
}
