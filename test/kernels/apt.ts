import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheRoot } from '../kit/cache.ts'
import { needProgram } from '../kit/programs.ts'

const execute = promisify(execFile)

/** Where Debian keeps its kernels; nothing else is asked for. */
const SUITES = [
  ['debian-security', 'bullseye-security'],
  ['debian-security', 'bookworm-security'],
  ['debian-security', 'trixie-security'],
  ['debian', 'trixie'],
  ['debian', 'trixie-backports'],
  ['debian', 'sid'],
] as const

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Where kernels and apt's lists for them are kept. */
export const KERNEL_CACHE = join(cacheRoot(), 'kernels')
const folder = join(KERNEL_CACHE, 'apt')
const stamp = join(folder, 'updated')

/** Package lists that are younger are not read again, in milliseconds. */
const FRESH_MS = 24 * 3600 * 1000

/**
 * Runs a program of apt with sources and lists of its own: the machine's are left alone. apt checks
 * the archive's signature and the SHA256 of all it fetches.
 */
export async function apt(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const own = {
    'APT::Architecture': 'amd64',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Dir::Cache': folder,
    'Dir::Cache::pkgcache': 'packages.bin',
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::status': '/dev/null',
  }
  const options = Object.entries(own).map(([name, value]) => `-o${name}=${value}`)
  // apt has one user of its lists at a time, and gives up at once where there is another one.
  const alone = [join(folder, 'lock'), program]
  const env = { ...process.env, LC_ALL: 'C' }
  const how = { env, cwd, maxBuffer: 64 * 1024 * 1024 }
  return (await execute('flock', [...alone, '-q', ...options, ...args], how)).stdout
}

let updating: Promise<void> | undefined

/** Reads the package lists afresh unless they are young; once for all who ask at the same time. */
export async function updateLists({ always = false } = {}): Promise<void> {
  if (always) updating = undefined
  updating ??= update(always)
  await updating
}

async function update(always: boolean): Promise<void> {
  needProgram('apt-get')
  mkdirSync(join(folder, 'lists/partial'), { recursive: true })
  mkdirSync(join(folder, 'archives/partial'), { recursive: true })
  writeFileSync(join(folder, 'sources.list'), sourcesList())
  if (!always && isFresh()) return
  try {
    await apt('apt-get', ['update'])
    writeFileSync(stamp, '')
  } catch (error) {
    // Without a network, what was there the last time is better than nothing.
    if (!existsSync(stamp)) throw error
    process.stderr.write(`kernels: going on with old package lists: ${(error as Error).message}\n`)
  }
}

function sourcesList(): string {
  const lines = SUITES.map(([archive, suite]) => {
    const how = `[target=Packages signed-by=${KEYS}]`
    return `deb ${how} http://deb.debian.org/${archive} ${suite} main\n`
  })
  return lines.join('')
}

function isFresh(): boolean {
  const updated = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return Date.now() - updated < FRESH_MS
}
