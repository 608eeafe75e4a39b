import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEnd } from './cleanup.ts'

/** Makes a temporary folder that is removed when the test ends. */
export function tempDir(name = 'test'): string {
  const dir = mkdtempSync(join(tmpdir(), `waggle-${name}-`))
  atEnd(`temporary folder ${dir}`, () => rmSync(dir, { recursive: true, force: true }))
  return dir
}
