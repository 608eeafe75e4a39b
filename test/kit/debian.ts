import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { arch } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { cacheRoot } from './cache.ts'
import { locked } from './lock.ts'
import { needProgram } from './programs.ts'

const execute = promisify(execFile)

/** Programs unpacked from a Debian package, with the libraries that the system lacks. */
export interface Unpacked {
  root: string
  /** What its programs need in their environment. */
  env: Record<string, string>
  /** The path of a program of the package. */
  program: (name: string) => string
}

// The system's own C library stays in use: the dynamic loader only works with its own.
const neverUnpacked = new Set(['libc6', 'libc-bin', 'locales'])

/** Unpacks a Debian package into the cache unless it is there; nothing is installed or started. */
export async function unpack(packageName: string): Promise<Unpacked> {
  const cache = join(cacheRoot(), 'debian', release())
  const root = join(cache, packageName)
  if (!existsSync(root)) {
    mkdirSync(cache, { recursive: true })
    await locked(`${root}.lock`, async () => {
      if (!existsSync(root)) await fetch(packageName, cache, root)
    })
  }
  return unpacked(packageName, root)
}

function release(): string {
  const text = readFileSync('/etc/os-release', 'utf8')
  const value = (key: string) =>
    text.match(new RegExp(`^${key}="?([^"\n]*)`, 'm'))?.[1] ?? 'unknown'
  return `${value('ID')}-${value('VERSION_ID')}-${arch()}`
}

function unpacked(packageName: string, root: string): Unpacked {
  const folders = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((folder) => join(root, folder))
  return {
    root,
    env: { LD_LIBRARY_PATH: libraryFolders(root).join(':') },
    program: (name) => {
      const path = folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
      if (!path) throw new Error(`the Debian package ${packageName} has no program "${name}"`)
      return path
    },
  }
}

function libraryFolders(root: string): string[] {
  const bases = [join(root, 'usr/lib'), join(root, 'lib')].filter((base) => existsSync(base))
  return bases.flatMap((base) => [
    base,
    ...readdirSync(base)
      .filter((name) => name.includes('-linux-'))
      .map((name) => join(base, name)),
  ])
}

/** Downloads and unpacks beside the final folder, which then appears complete or not at all. */
async function fetch(packageName: string, cache: string, root: string): Promise<void> {
  const work = await mkdtemp(join(cache, `.${packageName}-`))
  try {
    const versions = await download(packageName, work, await packageLists(cache))
    const content = join(work, 'root')
    mkdirSync(content)
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      await execute(needProgram('dpkg'), ['-x', join(work, file), content])
    }
    await writeFile(join(content, 'unpacked.json'), `${JSON.stringify(versions, null, 2)}\n`)
    renameSync(content, root)
  } catch (cause) {
    throw new Error(`unpack the Debian package ${packageName}`, { cause })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function download(packageName: string, folder: string, lists: string[]): Promise<string[]> {
  try {
    return await downloadBy(packageName, folder, lists)
  } catch (error) {
    // The mirror drops a version as soon as there is a newer one: read the lists afresh, once.
    if (!/404|Unable to fetch|Hash Sum/.test(String(error))) throw error
    return downloadBy(packageName, folder, await ownLists(join(folder, '..')))
  }
}

async function downloadBy(packageName: string, folder: string, lists: string[]): Promise<string[]> {
  const versions = await missingPackages(packageName, lists)
  await apt([...lists, 'download', ...versions], folder)
  return versions
}

/** The package and what it depends on that the system lacks, as `name=version`. */
async function missingPackages(packageName: string, lists: string[]): Promise<string[]> {
  const how = ['--simulate', '--reinstall', '--no-install-recommends']
  const plan = await apt([...lists, 'install', ...how, packageName])
  const steps = [...plan.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)/gm)]
  const wanted = steps.filter(([, name]) => !neverUnpacked.has(name!))
  if (wanted.length === 0) throw new Error(`apt has no plan for ${packageName}:\n${plan}`)
  return wanted.map(([, name, version]) => `${name}=${version}`)
}

const systemLists = '/var/lib/apt/lists'

/** The options for apt to find its package lists: the system's, or our own where it has none. */
async function packageLists(cache: string): Promise<string[]> {
  const hasLists = readdirSync(systemLists).some((name) => name.includes('_Packages'))
  return hasLists ? [] : ownLists(cache)
}

// The system's lists are the user's business: `apt-get update` writes into the cache.
async function ownLists(cache: string): Promise<string[]> {
  const lists = join(cache, '.lists')
  mkdirSync(join(lists, 'partial'), { recursive: true })
  const archives = join(cache, '.archives')
  mkdirSync(join(archives, 'partial'), { recursive: true })
  const options = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${archives}`]
  await apt([...options, 'update'])
  return options
}

async function apt(args: string[], cwd?: string): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
  const options = { cwd, env, maxBuffer: 64 * 1024 * 1024 }
  const sandbox = ['-o', 'APT::Sandbox::User=root', '-q']
  return (await execute(needProgram('apt-get'), [...sandbox, ...args], options)).stdout
}
