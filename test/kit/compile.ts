import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { machine } from 'node:os'
import { basename, extname, join } from 'node:path'
import { cacheRoot } from './cache.ts'
import { unpack } from './debian.ts'
import { run } from './processes.ts'
import { findProgram, needProgram } from './programs.ts'

/** Compiles a C program into the cache, unless this very source is there; returns its path. */
export async function compile(source: string): Promise<string> {
  return cached(source, async (output) => {
    await run(needProgram('clang'), ['-O2', '-Wall', '-Wextra', '-o', output, source])
  })
}

/** The same for a BPF object. */
export async function compileBpf(source: string): Promise<string> {
  // Debian keeps <asm/types.h> in a folder named after the architecture.
  const headers = `/usr/include/${machine()}-linux-gnu`
  const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-idirafter', headers, '-Wall']
  return cached(source, async (output) => {
    await run(needProgram('clang'), [...flags, '-c', '-o', output, source])
  })
}

/** The same for a Go program of one file, by the system's Go or else Debian's unpacked one. */
export async function compileGo(source: string): Promise<string> {
  return cached(source, async (output) => {
    const { go, env } = await findGo()
    const args = ['build', '-o', output, source]
    await run(go, args, { env: { ...env, CGO_ENABLED: '0' }, timeoutMs: 300_000 })
  })
}

async function findGo(): Promise<{ go: string; env: Record<string, string> }> {
  const go = findProgram('go')
  if (go) return { go, env: {} }
  const { root } = await unpack('golang-go')
  const libraries = join(root, 'usr', 'lib')
  const folder = readdirSync(libraries).find((name) => /^go-[\d.]+$/.test(name))
  const home = join(libraries, folder as string)
  return { go: join(home, 'bin', 'go'), env: { GOROOT: home } }
}

async function cached(source: string, make: (output: string) => Promise<void>): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)
  const folder = join(cacheRoot(), 'programs')
  const program = join(folder, `${basename(source, extname(source))}-${digest}`)
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  const unfinished = `${program}.${randomUUID()}`
  await make(unfinished)
  renameSync(unfinished, program)
  return program
}
