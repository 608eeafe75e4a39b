import { readdirSync, statSync } from 'node:fs'
import { isGone } from '../../src/helpers/scraper.ts'
import { Turns } from '../../src/helpers/turns.ts'

/** Directories that a walk looks at. */
const MAX_CGROUPS = 16_384

/** Where paths come from. */
export interface CgroupPathsOptions {
  /** Where the cgroup v2 hierarchy is mounted; undefined where it is not. */
  readonly root: () => string | undefined
  /** What the kernel has noted of a cgroup when it was made; empty where it has not. */
  readonly noted: (id: number) => string
  readonly turns?: () => Pick<Turns, 'next'>
}

/**
 * Paths of cgroups by their id, which is the inode of the directory. Unlike a `CgroupTable` it knows for
 * certain what there is: whose sums are told as another one's cannot be told right later.
 */
export class CgroupPaths {
  readonly #options: CgroupPathsOptions
  #paths: ReadonlyMap<number, string> = new Map()

  constructor(options: CgroupPathsOptions) {
    this.#options = options
  }

  /** Finds out the paths of these, and keeps no others but those that it meets on the way. */
  async learn(ids: ReadonlySet<number>): Promise<void> {
    const known = new Map<number, string>()
    for (const id of ids) {
      const path = this.#paths.get(id) ?? this.#options.noted(id)
      if (path !== '') known.set(id, path)
    }
    const root = this.#options.root()
    const all = known.size === ids.size || root === undefined
    this.#paths = all ? known : new Map([...(await this.#walk(root)), ...known])
  }

  /** The path below the root, `/system.slice/nginx.service`; empty where there is no such cgroup. */
  pathOf(id: number): string {
    return this.#paths.get(id) ?? ''
  }

  /** Whether it is not there any more; where nothing is mounted that is not known. */
  isGone(id: number): boolean {
    const root = this.#options.root()
    if (root === undefined) return false
    const path = this.pathOf(id)
    return path === '' || statSync(root + path, { throwIfNoEntry: false })?.ino !== id
  }

  async #walk(root: string): Promise<Map<number, string>> {
    const turns = this.#options.turns?.() ?? new Turns()
    const paths = new Map<number, string>()
    const open = ['/']
    for (let at = open.pop(); at !== undefined && paths.size < MAX_CGROUPS; at = open.pop()) {
      const stat = statSync(root + at, { throwIfNoEntry: false })
      if (!stat) continue
      paths.set(stat.ino, at)
      // A directory has a link for its name, one for its `.`, and one from each directory in it.
      if (stat.nlink > 2) open.push(...foldersIn(root, at === '/' ? '' : at))
      await turns.next()
    }
    return paths
  }
}

function foldersIn(root: string, path: string): string[] {
  try {
    const entries = readdirSync(root + path, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${path}/${name}`)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}
