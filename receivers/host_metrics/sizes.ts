import type { StatsFs } from 'node:fs'

/** How much room a filesystem has. */
export interface FilesystemSize {
  /** `reserved` is for root alone. */
  readonly bytes: { readonly used: number; readonly free: number; readonly reserved: number }
  readonly inodes: { readonly used: number; readonly free: number }
}

/** How long a filesystem may take to answer, in milliseconds. */
const PATIENCE_MS = 5000

/**
 * Asks filesystems for their size. One that does not answer, such as NFS whose server is gone, keeps a
 * thread of the pool until it does: it is not asked again before.
 */
export class SizeReader {
  readonly #ask: (path: string) => Promise<StatsFs>
  readonly #patienceMs: number
  readonly #pending = new Map<string, Promise<StatsFs>>()

  constructor(ask: (path: string) => Promise<StatsFs>, patienceMs = PATIENCE_MS) {
    this.#ask = ask
    this.#patienceMs = patienceMs
  }

  /** Rejects when the filesystem cannot be asked, or has not answered in time. */
  async read(path: string): Promise<FilesystemSize> {
    if (this.#pending.has(path)) throw new Error(`${path} has not answered since it was last asked`)
    const answer = this.#ask(path).finally(() => this.#pending.delete(path))
    this.#pending.set(path, answer)
    return sizeOf(await within(answer, this.#patienceMs, path))
  }
}

async function within<T>(answer: Promise<T>, ms: number, path: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${path} did not answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

function sizeOf({ bsize, blocks, bfree, bavail, files, ffree }: StatsFs): FilesystemSize {
  return {
    bytes: {
      used: (blocks - bfree) * bsize,
      free: bavail * bsize,
      reserved: (bfree - bavail) * bsize,
    },
    inodes: { used: files - ffree, free: ffree },
  }
}
