import { readFile, stat, unlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DatabaseSync } from 'node:sqlite'

/** How often a lock that is held is tried again, in milliseconds. */
const POLL_MS = 20

// SQLite's result codes (sqlite.org/rescode.html).
const BUSY = 5
const NOT_A_DATABASE = 26

/** Files that this process has locked. */
const ours = new Set<string>()

/**
 * Takes a lock on a file, so that only one process uses what lies beside it. The lock is SQLite's on a
 * database that stays empty: Node.js has no call for one, and the kernel takes this one back however
 * the process ends, which the number of a process in a file does not tell in a container.
 *
 * Resolves with what gives it back. Rejects when another process holds it for longer than `timeoutMs`,
 * at once when this one does (a component that is replaced has to end first), and with SQLite's error
 * where there is no locking.
 */
export async function lockFile(path: string, timeoutMs: number): Promise<() => void> {
  const key = resolve(path)
  if (ours.has(key)) throw new LockHeld(path, process.pid)
  ours.add(key)
  try {
    const release = await lockAmongProcesses(path, timeoutMs)
    return () => {
      ours.delete(key)
      release()
    }
  } catch (error) {
    ours.delete(key)
    throw error
  }
}

async function lockAmongProcesses(path: string, timeoutMs: number): Promise<() => void> {
  const { DatabaseSync: Database } = await import('node:sqlite')
  const until = performance.now() + timeoutMs
  for (let mended = false; ;) {
    const taken = tryLock(Database, path)
    if ('release' in taken) return taken.release
    if (taken.code === NOT_A_DATABASE && !mended) {
      mended = true
      await unlink(path)
    } else if (taken.code !== BUSY) throw taken.error
    else if (performance.now() >= until) throw new LockHeld(path, await holderOf(path))
    else await sleep(POLL_MS)
  }
}

/** Somebody else uses the files. */
export class LockHeld extends Error {
  override readonly name = 'LockHeld'

  constructor(path: string, pid: number | undefined) {
    const who = pid === undefined ? 'another process' : `process ${pid}`
    super(`${path} is locked by ${who}: each agent needs a directory of its own`)
  }
}

type Taken = { readonly release: () => void } | { readonly code: number; readonly error: unknown }

function tryLock(Database: typeof DatabaseSync, path: string): Taken {
  let database: DatabaseSync | undefined
  try {
    database = new Database(path)
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    const held = database
    return { release: () => held.close() }
  } catch (error) {
    database?.close()
    return { code: (error as { errcode?: number }).errcode ?? 0, error }
  }
}

/** Who holds the lock, as far as this process can see it. */
async function holderOf(path: string): Promise<number | undefined> {
  try {
    const { ino } = await stat(path)
    const locks = await readFile('/proc/locks', 'utf8')
    const line = locks.split('\n').find((one) => one.includes(`:${ino} `) && !one.includes('->'))
    const pid = Number(line?.trim().split(/\s+/)[4])
    return pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}
