import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'

/** How often the files are looked at, in milliseconds. */
const POLL_MS = 1000

/** What watching files depends on. */
export interface WatchOptions {
  /** Told when what the files say has changed, and has stayed the same for a second. */
  readonly onChanged: () => void
  /** Calls `work` every `ms` milliseconds; returns what ends it. */
  readonly every?: (ms: number, work: () => void) => () => void
}

/**
 * Watches what files say. Looks at them once a second rather than waiting for the kernel to tell: a
 * ConfigMap changes by a symbolic link to a folder, an editor by a new file of the same name, and on
 * some file systems nobody tells. A file that is gone is waited for.
 */
export class WatchedFiles {
  readonly #options: Required<WatchOptions>
  #files: readonly string[] = []
  #stats = ''
  /** What the files say by digest: when it was last taken over, and when it was last looked at. */
  #known = ''
  #seen = ''
  #cancel = (): void => {}

  constructor({ onChanged, every = everyMs }: WatchOptions) {
    this.#options = { onChanged, every }
  }

  /** From now on these are watched; what they say now is known. */
  watch(files: readonly string[]): void {
    this.stop()
    this.#files = [...new Set(files)].toSorted()
    this.#stats = this.#statText()
    this.#known = this.#digest() ?? ''
    this.#seen = this.#known
    if (files.length > 0) this.#cancel = this.#options.every(POLL_MS, () => this.#look())
  }

  /** Ends it; may be repeated. */
  stop(): void {
    this.#cancel()
    this.#cancel = () => {}
  }

  #look(): void {
    const stats = this.#statText()
    if (stats === this.#stats && this.#seen === this.#known) return
    this.#stats = stats
    const digest = this.#digest()
    if (digest === undefined) return
    const settled = digest === this.#seen
    this.#seen = digest
    if (!settled || digest === this.#known) return
    this.#known = digest
    this.#options.onChanged()
  }

  #statText(): string {
    const facts = this.#files.map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false, bigint: true })
      return stat ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}` : 'gone'
    })
    return facts.join()
  }

  /** Undefined while one of the files cannot be read. */
  #digest(): string | undefined {
    const hash = createHash('sha256')
    try {
      for (const file of this.#files) hash.update(file).update('\0').update(readFileSync(file))
    } catch {
      return undefined
    }
    return hash.digest('hex')
  }
}

function everyMs(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms).unref()
  return () => clearInterval(timer)
}
