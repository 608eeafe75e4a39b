import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, startTimeOf } from './proc.ts'

/** Runs `work` while no other process holds the lock; a lock of a dead process is broken. */
export async function locked(path: string, work: () => Promise<void>): Promise<void> {
  while (!tryLock(path)) {
    breakStale(path)
    await sleep(50)
  }
  try {
    await work()
  } finally {
    unlock(path)
  }
}

const ownMark = () => `${process.pid}-${startTimeOf(process.pid)}`

// The folder is made full and put in place by one rename, so a lock always names its owner.
function tryLock(path: string): boolean {
  const mine = `${path}.${randomUUID()}`
  mkdirSync(join(mine, ownMark()), { recursive: true })
  try {
    renameSync(mine, path)
    return true
  } catch (cause) {
    rmSync(mine, { recursive: true, force: true })
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw cause
  }
}

// Moved away before it is emptied: an empty folder of this name would be taken as a free lock.
function unlock(path: string): void {
  const mine = `${path}.${randomUUID()}`
  renameSync(path, mine)
  rmSync(mine, { recursive: true })
}

function breakStale(path: string): void {
  const owner = existsSync(path) ? (readdirSync(path)[0] ?? '') : ''
  const [pid, startTime] = owner.split('-')
  if (!pid || isRunning(Number(pid), startTime!)) return
  rmSync(join(path, owner), { recursive: true, force: true })
}
