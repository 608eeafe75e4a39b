import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { needProgram } from '../kit/programs.ts'
import { apt, KERNEL_CACHE, updateLists } from './apt.ts'

const execute = promisify(execFile)

/** A kernel of Debian's for virtual machines. */
export interface Kernel {
  /** Its version: `6.1.192`. */
  readonly version: string
  /** The path of its image. */
  readonly image: string
  /** The folder with those of its modules that are needed. */
  readonly modules: string
}

/** What guests have of a kernel's modules, packed or not; loaded in the order of their names. */
const MODULES = ['inet_diag', 'sch_netem', 'tcp_diag']

/** The package that depends on the newest kernel of each release of Debian. */
const META = 'linux-image-cloud-amd64'

/** A package of a certain version, as apt names it. */
interface Package {
  readonly name: string
  readonly version: string
}

/**
 * The newest kernel of a series such as `6.1`, or of all (`newest`), from the cache or Debian's
 * archive. Throws where the archive has none: a kernel that is gone is to be replaced in the list
 * of kernels, not passed over.
 */
export async function debianKernel(series: string): Promise<Kernel> {
  await updateLists()
  try {
    return await fetchKernel(series)
  } catch {
    // The archive drops a version when there is a newer one: read the lists afresh, once.
    await updateLists({ always: true })
    return fetchKernel(series)
  }
}

async function fetchKernel(series: string): Promise<Kernel> {
  const packages = await kernelPackages(await newestOf(series))
  const [{ name, version }] = packages
  const image = join(KERNEL_CACHE, 'images', `${name}_${version}`)
  const modules = `${image}.modules`
  if (!existsSync(image) || !hasModules(modules)) await download(packages, { image, modules })
  return { version: upstream(version), image, modules }
}

function hasModules(folder: string): boolean {
  return MODULES.every((name) => globSync(`${name}.ko*`, { cwd: folder }).length > 0)
}

async function newestOf(series: string): Promise<string> {
  const lines = (await apt('apt-cache', ['madison', META])).split('\n')
  const versions = lines.map((line) => line.split('|')[1]?.trim() ?? '').filter(Boolean)
  const newest = versions.filter((version) => isOf(version, series)).toSorted(byVersion)
  const found = newest.at(-1)
  if (found !== undefined) return found
  const there = versions.join(', ') || 'nothing'
  throw new Error(`Debian's archive has no ${META} ${series} any more, but ${there}`)
}

/** `6.12` is no `6.1`. */
function isOf(version: string, series: string): boolean {
  return series === 'newest' || version.startsWith(`${series}.`)
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** `6.1.192` of `6.1.192-2`. */
function upstream(version: string): string {
  return /^[\d.]+/.exec(version)?.[0] ?? version
}

/** The package with the image itself, and that with the modules: since 7.0 those are two others. */
async function kernelPackages(version: string): Promise<[Package, ...Package[]]> {
  const image = await dependency({ name: META, version }, 'linux-image-')
  if (!image) throw new Error(`${META} ${version} depends on no kernel`)
  const binary = await dependency(image, 'linux-binary-')
  const modules = await dependency(image, 'linux-modules-')
  return [binary ?? image, ...(modules ? [modules] : [])]
}

async function dependency(
  { name, version }: Package,
  prefix: string,
): Promise<Package | undefined> {
  const facts = await apt('apt-cache', ['show', `${name}=${version}`])
  const depends = /^Depends: (.*)$/m.exec(facts)?.[1] ?? ''
  const pattern = new RegExp(`(${prefix}\\S+) \\(= ([^)]+)\\)`)
  const [, found, foundVersion] = pattern.exec(depends) ?? []
  return found && foundVersion ? { name: found, version: foundVersion } : undefined
}

/** Unpacks beside the final places, where all then appears complete or not at all. */
async function download(
  packages: readonly [Package, ...Package[]],
  { image, modules }: Pick<Kernel, 'image' | 'modules'>,
): Promise<void> {
  mkdirSync(join(KERNEL_CACHE, 'images'), { recursive: true })
  const work = await mkdtemp(join(KERNEL_CACHE, 'images', '.work-'))
  try {
    await apt('apt-get', ['download', ...packages.map(versioned)], work)
    for (const file of globSync('*.deb', { cwd: work })) {
      await execute(needProgram('dpkg'), ['-x', join(work, file), join(work, 'root')])
    }
    rmSync(modules, { recursive: true, force: true })
    renameSync(takeModules(work), modules)
    const [path] = globSync('root/{boot/vmlinuz-*,usr/lib/modules/*/vmlinuz}', { cwd: work })
    if (path === undefined) throw new Error('no image is in it')
    renameSync(join(work, path), image)
  } catch (cause) {
    throw new Error(`fetch the kernel of ${versioned(packages[0])}`, { cause })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function versioned({ name, version }: Package): string {
  return `${name}=${version}`
}

/** A folder with nothing but the modules that are needed. */
function takeModules(work: string): string {
  const taken = join(work, 'modules')
  mkdirSync(taken)
  for (const name of MODULES) {
    const [path] = globSync(`root/{usr/,}lib/modules/*/kernel/**/${name}.ko*`, { cwd: work })
    if (path === undefined) throw new Error(`no module ${name} is in it`)
    renameSync(join(work, path), join(taken, basename(path)))
  }
  return taken
}
