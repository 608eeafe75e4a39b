import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, parse } from 'node:path'

/** The time that lumberjack, which kube-apiserver writes its audit log with, puts into a name: v2.2.1, `backupTimeFormat`. */
const STAMP = /^-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}$/
/** Two changes of a folder may have the same time where its file system counts in seconds. */
const SETTLED_MS = 2000

interface Folder {
  readonly names: ReadonlySet<string>
  readonly changedMs: number
}

/** Finds what files were called before, and reads a folder again only when it has changed. */
export class RotatedNames {
  readonly #folders = new Map<string, Folder>()

  /**
   * What a file was called before: of `audit.log` its `audit-2026-01-31T08-00-00.000.log`, oldest first,
   * and those with `.gz` behind it. A compressed one counts only when the other is gone: until then it
   * is being written.
   */
  async of(path: string): Promise<string[]> {
    const names = await this.#namesIn(dirname(path))
    const { name, ext } = parse(basename(path))
    const found = [...names].filter((other) => {
      const plain = other.replace(/\.gz$/, '')
      if (!plain.startsWith(name) || !plain.endsWith(ext)) return false
      if (!STAMP.test(plain.slice(name.length, plain.length - ext.length))) return false
      return other === plain || !names.has(plain)
    })
    return found.toSorted().map((other) => join(dirname(path), other))
  }

  async #namesIn(path: string): Promise<ReadonlySet<string>> {
    try {
      const { mtimeMs: changedMs } = await stat(path)
      const known = this.#folders.get(path)
      if (known?.changedMs === changedMs) return known.names
      const names = new Set(await readdir(path))
      if (Date.now() - changedMs > SETTLED_MS) this.#folders.set(path, { names, changedMs })
      return names
    } catch {
      this.#folders.delete(path)
      return new Set()
    }
  }
}
