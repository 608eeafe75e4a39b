import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from './certificates.ts'
import { tempDir } from './temp_dir.ts'

/** A certificate and its key at places where others replace them. */
export interface ChangingCertificate {
  certFile: string
  keyFile: string
  replace(by: Certificate): void
}

/** Copies a certificate to where it can be replaced. */
export function changingCertificate(first: Certificate): ChangingCertificate {
  const dir = tempDir('changing')
  const [certFile, keyFile] = [join(dir, 'tls.crt'), join(dir, 'tls.key')]
  const replace = (by: Certificate): void => {
    copyFileSync(by.certFile, certFile)
    copyFileSync(by.keyFile, keyFile)
  }
  replace(first)
  return { certFile, keyFile, replace }
}
