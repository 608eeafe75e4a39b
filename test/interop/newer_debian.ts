import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { apt, updateLists } from '../kernels/apt.ts'
import { cacheRoot } from '../kit/cache.ts'
import { locked } from '../kit/lock.ts'
import { needProgram } from '../kit/programs.ts'

const execute = promisify(execFile)

/** Releases of Debian whose programs are of this year; the machine's own may be older. */
export type NewerSuite = 'trixie' | 'sid'

/**
 * A program from a package of a newer Debian, unpacked into the cache and not installed. For programs
 * that need nothing but the C library, as those written in Go.
 */
export async function fromNewerDebian(
  name: string,
  program: string,
  suite: NewerSuite = 'trixie',
): Promise<string> {
  const root = join(cacheRoot(), 'debian', suite, name)
  const command = join(root, 'usr', 'bin', program)
  if (existsSync(command)) return command
  mkdirSync(join(root, '..'), { recursive: true })
  await locked(`${root}.lock`, async () => {
    if (!existsSync(command)) await fetchInto(root, name, suite)
  })
  return command
}

async function fetchInto(root: string, name: string, suite: NewerSuite): Promise<void> {
  await updateLists()
  const work = mkdtempSync(`${root}.`)
  await apt('apt-get', ['download', `${name}/${suite}`], work)
  const [deb] = readdirSync(work).filter((file) => file.endsWith('.deb'))
  if (!deb) throw new Error(`Debian ${suite} has no package ${name}`)
  await execute(needProgram('dpkg'), ['-x', join(work, deb), join(work, 'root')])
  rmSync(root, { recursive: true, force: true })
  renameSync(join(work, 'root'), root)
  rmSync(work, { recursive: true })
}
