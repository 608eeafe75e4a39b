import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A walk stops after this many milliseconds, and goes on when it is next called. */
const SLICE_MS = 20
/** Walks may use one part in this many of the time. */
const WALK_SHARE = 50
/** What a walk costs at least of the time that walks share, in milliseconds of pause. */
const MIN_PAUSE_MS = 200
/** Directories that wait to be looked at, for each cgroup that may be kept. */
const OPEN_SHARE = 8
/** Pauses that were not needed are saved up to this many milliseconds, for cgroups in a row. */
const SAVED_PAUSE_MS = 5000

/** What a cgroup table depends on. */
export interface CgroupTableOptions {
  /** Where the cgroup v2 hierarchy is mounted; undefined where it is not. Asked at each walk. */
  readonly root: () => string | undefined
  /** Cgroups that are kept. */
  readonly limit?: number
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number
}

/**
 * Paths of cgroups by their id, which is the inode of the directory. An id that is not known makes
 * the table walk the hierarchy again, in slices of 20 ms and as often as a fiftieth of the time
 * allows, until a walk that began afterwards has been everywhere: only then is it known that there is
 * no such cgroup. It also keeps cgroups that are gone, until newer ones need the room.
 */
export class CgroupTable {
  readonly #paths = new Map<number, string>()
  readonly #root: () => string | undefined
  readonly #limit: number
  readonly #now: () => number
  /** What this walk has still to look at. */
  #open: string[] = []
  /** Ids that were asked for in vain, with the number of the first walk that meets them if they are there. */
  readonly #missed = new Map<number, number>()
  /** Walks that have begun, and the last of them that has been everywhere. */
  #begun = 0
  #whole = 0
  #leftOut = false
  #seen = 0
  #nextWalkMs = -Infinity

  constructor({ root, limit = 16_384, now = () => performance.now() }: CgroupTableOptions) {
    this.#root = root
    this.#limit = limit
    this.#now = now
  }

  /** The path below the root, `/system.slice/nginx.service`; empty where it is not known: see `mayFind`. */
  pathOf(id: number): string {
    const known = this.#paths.get(id)
    if (known !== undefined || id === 0) return known ?? ''
    this.#miss(id)
    if (this.mayFind(id)) this.walk()
    return this.#paths.get(id) ?? ''
  }

  /** Whether an id that was asked for in vain may be that of a cgroup all the same, so that asking again helps. */
  mayFind(id: number): boolean {
    return (this.#missed.get(id) ?? 0) > this.#whole
  }

  #miss(id: number): void {
    if (this.#missed.has(id)) return
    this.#missed.set(id, this.#begun + 1)
    if (this.#missed.size > this.#limit)
      this.#missed.delete(this.#missed.keys().next().value as number)
  }

  /** Notes a cgroup that was seen elsewhere, such as when it was made. */
  add(id: number, path: string): void {
    this.#missed.delete(id)
    this.#paths.delete(id)
    this.#paths.set(id, path)
    if (this.#paths.size > this.#limit)
      this.#paths.delete(this.#paths.keys().next().value as number)
  }

  /** Looks at the hierarchy, unless it has done so too often just now. */
  walk(): void {
    const startMs = this.#now()
    if (startMs < this.#nextWalkMs) return
    const root = this.#root()
    const endMs = root === undefined ? startMs : this.#walkFrom(root, startMs + SLICE_MS)
    const pauseMs = Math.max(MIN_PAUSE_MS, (endMs - startMs) * WALK_SHARE)
    this.#nextWalkMs = Math.max(this.#nextWalkMs, startMs - SAVED_PAUSE_MS) + pauseMs
  }

  /** Returns when it ended. */
  #walkFrom(root: string, untilMs: number): number {
    if (this.#open.length === 0) this.#begin()
    let nowMs = untilMs - SLICE_MS
    while (this.#open.length > 0 && nowMs < untilMs) {
      this.#look(root, this.#open.pop() as string)
      nowMs = this.#now()
    }
    if (this.#open.length === 0 && !this.#leftOut) this.#whole = this.#begun
    return nowMs
  }

  #begin(): void {
    this.#open = ['/']
    this.#begun++
    this.#leftOut = false
    this.#seen = 0
  }

  #look(root: string, path: string): void {
    const directory = join(root, path)
    const stat = statSync(directory, { throwIfNoEntry: false })
    if (!stat) return
    // Where there are more than may be kept, half of the room is for those that were asked for.
    const isWanted = this.#missed.has(stat.ino) || this.#paths.has(stat.ino)
    const hasRoom = this.#paths.size < this.#limit || this.#seen < this.#limit / 2
    if (isWanted || hasRoom) this.add(stat.ino, path)
    this.#seen++
    // A directory has a link for its name, one for its `.`, and one from each directory in it.
    if (stat.nlink === 2) return
    for (const name of foldersIn(directory)) this.#wait(join(path, name))
  }

  #wait(path: string): void {
    if (this.#open.length < this.#limit * OPEN_SHARE) this.#open.push(path)
    else this.#leftOut = true
  }
}

function foldersIn(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch {
    return []
  }
}
