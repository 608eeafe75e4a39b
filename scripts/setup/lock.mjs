// One set-up at a time in one checkout.

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setupDir } from './paths.mjs'
import { say } from './report.mjs'

const lockFile = join(setupDir, 'lock')
const takeoverFile = join(setupDir, 'lock.takeover')

/** Runs the work while no other process runs its own. */
export async function withLock(work) {
  mkdirSync(setupDir, { recursive: true })
  await acquire()
  process.once('exit', release)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => process.exit(130))
  try {
    await work()
  } finally {
    process.removeListener('exit', release)
    release()
  }
}

async function acquire() {
  let told = false
  while (!create(lockFile)) {
    const holder = read(lockFile)
    if (holder && !isAlive(holder)) removeStale()
    else if (!told) told = tellWaiting(holder)
    await sleep(100)
  }
}

function release() {
  rmSync(lockFile, { force: true })
}

function tellWaiting(holder) {
  say(`waiting for another set-up${holder ? ` (process ${holder.pid})` : ''}`)
  return true
}

/** A process is told from a later one with the same number by when it started. */
function create(path) {
  const { pid } = process
  try {
    writeFileSync(path, JSON.stringify({ pid, started: startOf(pid) }), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  }
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

function isAlive({ pid, started }) {
  if (process.platform === 'linux') return startOf(pid) === started
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Field 22 of /proc/PID/stat, counted after the name, which may hold anything. */
function startOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ')[19]
  } catch {
    return ''
  }
}

/** Only one of those who wait may remove it, and only after looking again. */
function removeStale() {
  if (!create(takeoverFile)) return dropOldTakeover()
  const holder = read(lockFile)
  if (holder && !isAlive(holder)) release()
  rmSync(takeoverFile, { force: true })
}

function dropOldTakeover() {
  const age =
    Date.now() - (statSync(takeoverFile, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  if (age > 10_000) rmSync(takeoverFile, { force: true })
}
