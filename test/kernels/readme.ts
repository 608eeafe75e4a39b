import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../tree/files.ts'

const path = join(root, 'README.md')
const block = /(<!-- kernels -->\n)[^]*?(<!-- \/kernels -->)/

/** The table as README.md has it. */
export function readmeTable(): string {
  const [found = ''] = block.exec(readFileSync(path, 'utf8')) ?? []
  return found
}

/** Puts the table between its markers in README.md. */
export function writeReadme(text: string): void {
  const old = readFileSync(path, 'utf8')
  if (!block.test(old)) throw new Error('README.md has no "<!-- kernels -->" markers')
  writeFileSync(
    path,
    old.replace(block, (_, start: string, end: string) => `${start}\n${text}\n${end}`),
  )
}
