import { readdir } from 'node:fs/promises'
import { basename, dirname, join, parse } from 'node:path'

/** The time that lumberjack, which kube-apiserver writes its audit log with, puts into a name: v2.2.1, `backupTimeFormat`. */
const STAMP = /^-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}$/

/**
 * What a file was called before: of `audit.log` its `audit-2026-01-31T08-00-00.000.log`, oldest first,
 * and those with `.gz` behind it. A compressed one counts only when the other is gone: until then it
 * is being written.
 */
export async function rotatedOf(path: string): Promise<string[]> {
  const names = new Set(await readdir(dirname(path)).catch(() => []))
  const { name, ext } = parse(basename(path))
  const found = [...names].filter((other) => {
    const plain = other.replace(/\.gz$/, '')
    if (!plain.startsWith(name) || !plain.endsWith(ext)) return false
    if (!STAMP.test(plain.slice(name.length, plain.length - ext.length))) return false
    return other === plain || !names.has(plain)
  })
  return found.toSorted().map((other) => join(dirname(path), other))
}
