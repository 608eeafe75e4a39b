import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tempDir } from './temp_dir.ts'
import { needProgram } from './programs.ts'

const run = promisify(execFile)

/** A certificate and its key, as PEM and as files. */
export interface Certificate {
  certFile: string
  keyFile: string
  cert: Buffer
  key: Buffer
}

export interface Certificates {
  /** The file of the authority that signed both. */
  caFile: string
  ca: Buffer
  /** For 127.0.0.1, ::1 and localhost. */
  server: Certificate
  client: Certificate
}

/** Makes an authority with a server's and a client's certificate, valid for a day. */
export async function makeCertificates(): Promise<Certificates> {
  const dir = tempDir('certificates')
  const authority = await selfSigned(dir, 'authority')
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
  return {
    caFile: authority.certFile,
    ca: authority.cert,
    server: await signed(dir, 'server', ['-addext', names]),
    client: await signed(dir, 'client', []),
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

async function selfSigned(dir: string, name: string): Promise<Certificate> {
  await openssl(['req', '-x509', ...newKey, ...outputs(dir, name), '-days', '1', ...subject(name)])
  return certificate(dir, name)
}

async function signed(dir: string, name: string, extra: string[]): Promise<Certificate> {
  const request = join(dir, `${name}.csr`)
  const key = ['-keyout', join(dir, `${name}.key`), '-out', request]
  await openssl(['req', '-new', ...newKey, ...key, ...subject(name), ...extra])
  const by = ['-CA', join(dir, 'authority.crt'), '-CAkey', join(dir, 'authority.key')]
  const out = ['-CAcreateserial', '-copy_extensions', 'copy', '-out', join(dir, `${name}.crt`)]
  await openssl(['x509', '-req', '-in', request, ...by, ...out, '-days', '1'])
  return certificate(dir, name)
}

function subject(name: string): string[] {
  return ['-subj', `/CN=waggle test ${name}`]
}

function outputs(dir: string, name: string): string[] {
  return ['-keyout', join(dir, `${name}.key`), '-out', join(dir, `${name}.crt`)]
}

function certificate(dir: string, name: string): Certificate {
  const certFile = join(dir, `${name}.crt`)
  const keyFile = join(dir, `${name}.key`)
  return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) }
}

async function openssl(args: string[]): Promise<void> {
  await run(needProgram('openssl'), args)
}
