import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, globSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { unpack } from '../kit/debian.ts'
import { findProgram } from '../kit/programs.ts'
import { tempDir } from '../kit/temp_dir.ts'
import { root } from '../tree/files.ts'
import { appendCpio, type Entry, writeCpio } from './cpio.ts'

/** A file of the guest by its path there, which has no leading slash. */
type Files = Map<string, Entry>

const ADDON = 'bpf/libbpf-addon'

/** Paths of all objects of programs that have been built. */
export function builtObjects(): string[] {
  return globSync('bpf/*/build/*.bpf.o', { cwd: root }).map((path) => join(root, path))
}

/**
 * Makes the file system of a guest: busybox, this Node.js with its libraries, the programs of
 * `guest/`, and the objects whose programs are to be loaded; the agent as it is published where it
 * is asked for. Returns its path.
 */
export async function makeInitramfs(
  objects: readonly string[],
  { agent = true } = {},
): Promise<string> {
  if (process.arch !== 'x64') {
    throw new Error(`a guest has an x86-64 kernel, and this Node.js is one for ${process.arch}`)
  }
  const files: Files = new Map()
  for (const folder of ['dev', 'proc', 'sys', 'tmp']) files.set(`${folder}/.keep`, empty)
  await addBase(files)
  addBuilt(files)
  if (agent) addAgent(files)
  addPackages(files, agent ? neededPackages() : [ADDON])
  for (const path of objects) add(files, `objects/${basename(path)}`, path)
  const file = join(tempDir('initramfs'), 'initramfs')
  writeCpio(file, files)
  return file
}

/** The same file system with a kernel's own modules in `modules`. Returns its path. */
export function withModules(initramfs: string, modules: string): string {
  const files: Files = new Map()
  for (const name of readdirSync(modules)) add(files, `modules/${name}`, join(modules, name))
  const file = join(tempDir('initramfs'), 'initramfs')
  copyFileSync(initramfs, file)
  appendCpio(file, files)
  return file
}

const empty: Entry = { bytes: Buffer.alloc(0) }

async function addBase(files: Files): Promise<void> {
  const busybox = await unpack('busybox-static')
  add(files, 'init', join(import.meta.dirname, 'guest', 'init'), 0o755)
  add(files, 'bin/busybox', busybox.program('busybox'), 0o755)
  files.set('bin/sh', { link: 'busybox' })
  add(files, 'bin/node', process.execPath, 0o755)
  const addon = join(root, ADDON, 'build/libbpf.node')
  for (const path of librariesOf([process.execPath, addon])) add(files, path.slice(1), path, 0o755)
  await addTools(files)
}

/** `tc` and `ss`, which busybox has not. */
async function addTools(files: Files): Promise<void> {
  for (const name of ['tc', 'ss']) {
    const { path, env } = await tool(name)
    add(files, `bin/${name}`, path, 0o755)
    // The loader looks there whatever the folders of the system are called.
    for (const library of librariesOf([path], env)) {
      if (!files.has(library.slice(1))) add(files, `usr/lib/${basename(library)}`, library, 0o755)
    }
  }
}

async function tool(name: string): Promise<{ path: string; env: Record<string, string> }> {
  const installed = findProgram(name)
  if (installed) return { path: installed, env: {} }
  const { program, env } = await unpack('iproute2')
  return { path: program(name), env }
}

/** The shared libraries that these need, and the loader. */
function librariesOf(programs: readonly string[], env: Record<string, string> = {}): string[] {
  const how = { encoding: 'utf8', env: { ...process.env, ...env } } as const
  const text = execFileSync('ldd', programs, how)
  return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path as string)
}

/** Compiles the sources aside; what is wrong with their types is the business of other checks. */
function addBuilt(files: Files): void {
  const dist = tempDir('dist')
  const project = join(import.meta.dirname, 'tsconfig.json')
  const tsc = join(root, 'node_modules/.bin/tsc')
  const { status } = spawnSync(tsc, ['-p', project, '--outDir', dist])
  if (status !== 0) process.stderr.write('kernels: going on in spite of errors of types\n')
  for (const path of filesBelow(dist, '**/*.js')) {
    add(files, `waggle/dist/${path}`, join(dist, path))
  }
  add(files, 'waggle/package.json', join(root, 'package.json'))
}

function addAgent(files: Files): void {
  for (const path of builtObjects()) add(files, `waggle/dist/${relative(root, path)}`, path)
  add(files, 'waggle/bin/waggle', join(root, 'bin/waggle'), 0o755)
  add(files, 'waggle/config.yaml', join(import.meta.dirname, 'guest/config.yaml'))
}

interface LockEntry {
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly link?: boolean
}

/** The folders of the npm packages that the agent needs at run time. */
function neededPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>
  }
  const entries = Object.entries(lock.packages).filter(([folder]) => folder !== '')
  return entries
    .filter(
      ([, { dev, devOptional, optional, link }]) => !dev && !devOptional && !optional && !link,
    )
    .map(([folder]) => folder)
}

/** Of each package what Node.js can read. */
function addPackages(files: Files, folders: readonly string[]): void {
  for (const folder of folders) {
    const to = folder === ADDON ? 'node_modules/libbpf-addon' : folder
    for (const path of filesBelow(join(root, folder), '**/*.{js,cjs,mjs,json,node}')) {
      add(files, `waggle/${to}/${path}`, join(root, folder, path))
    }
  }
}

function filesBelow(folder: string, pattern: string): string[] {
  return globSync(pattern, { cwd: folder, exclude: ['**/node_modules/**'] })
}

function add(files: Files, to: string, from: string, mode = 0o644): void {
  files.set(to, { bytes: readFileSync(realpathSync(from)), mode })
}
