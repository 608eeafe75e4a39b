import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const foreign = ['node_modules', '.git', '.setup', 'dist', 'build', 'coverage']

/** Paths of files below the checkout that match a pattern, without what was built or installed. */
export function filesOf(pattern: string): string[] {
  const exclude = ({ name }: { name: string }): boolean => foreign.includes(name)
  const found = globSync(pattern, { cwd: root, exclude, withFileTypes: true })
  const files = found.filter((entry) => entry.isFile())
  return files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).toSorted()
}

/** The text of a file of the checkout. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
