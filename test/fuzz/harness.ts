import { createHash, randomUUID } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { arch } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { cacheRoot } from '../kit/cache.ts'
import { unpack } from '../kit/debian.ts'
import { type Exit, run, start } from '../kit/processes.ts'
import { needProgram } from '../kit/programs.ts'

const root = join(import.meta.dirname, '..', '..')
const host = join(import.meta.dirname, 'host')
const http = join(root, 'bpf', 'http')
const include = join(root, 'bpf', 'include')
const machine = arch() === 'arm64' ? 'arm64' : 'x86'

/** The scripts that are kept, and of those the ones whose expectations are not met yet. */
export const corpus = globSync(join(import.meta.dirname, 'corpus', '*.txt')).toSorted()
export const openCorpus = globSync(join(import.meta.dirname, 'corpus', 'open', '*.txt')).toSorted()

/** What is left out of scripts made by chance: messages lost among those whose order alone tells them apart. */
export const withoutOpen = ['--without', 'lost_order'] as const

/** Unaligned loads are what BPF programs do; everything else that C leaves undefined is an error. */
const flags = [
  '-O1',
  '-g',
  '-fno-omit-frame-pointer',
  '-fsanitize=address,undefined',
  '-fno-sanitize=alignment',
  '-fno-sanitize-recover=all',
  `-D__TARGET_ARCH_${machine}`,
  '-D_GNU_SOURCE',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wno-unknown-attributes',
  '-Wno-unused-parameter',
  '-Wno-sign-compare',
]

/** What a run of the harness printed, and how it ended. */
export interface HarnessRun {
  readonly exit: Exit
  readonly output: string
}

/** Builds the harness if need be, and runs it. */
export async function runHarness(args: readonly string[], timeoutMs = 60_000): Promise<HarnessRun> {
  const program = await start(await buildHarness(), args, { name: 'the fuzz harness' })
  const timer = setTimeout(() => program.signal('SIGKILL'), timeoutMs)
  const exit = await program.exited
  clearTimeout(timer)
  return { exit, output: program.output }
}

/**
 * The programs of `bpf/http` compiled for this machine together with the harness around them; into
 * the cache, unless these very sources are there. Returns the path of the program.
 */
export async function buildHarness(): Promise<string> {
  const path = join(cacheRoot(), 'programs', `fuzz-${digest()}`)
  if (existsSync(path)) return path
  const work = `${path}.${randomUUID()}`
  mkdirSync(work, { recursive: true })
  try {
    const generated = join(work, 'generated')
    mkdirSync(generated)
    writeFileSync(join(generated, 'kernel.h'), castableSockets(textOf(join(include, 'kernel.h'))))
    writeFileSync(join(generated, 'names.h'), names(textOf(join(http, 'http.h'))))
    const folders = [join(host, 'include'), generated, include, http, host]
    const built = join(work, 'fuzz')
    await run(needProgram('clang'), [
      ...(await sanitizers(work)),
      ...flags,
      ...folders.map((folder) => `-I${folder}`),
      ...globSync(join(host, '*.c')).toSorted(),
      '-o',
      built,
    ])
    renameSync(built, path)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return path
}

function digest(): string {
  const folders = [host, join(host, 'include', 'bpf'), http, include]
  const files = folders.flatMap((folder) => globSync(join(folder, '*.{c,h}')).toSorted())
  const hash = createHash('sha256').update(textOf(import.meta.filename))
  for (const file of files) hash.update(basename(file)).update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8')
}

/** Programs cast between the two kinds of sockets: on the host one has to begin with the other. */
function castableSockets(kernel: string): string {
  return kernel.replace(/^struct tcp_sock \{/m, '$&\n\tstruct sock fake_base;')
}

/** The names of counters and ends for scripts, by their values. */
function names(header: string): string {
  const table = (kind: string, name: string): string => {
    const found = [...header.matchAll(new RegExp(`\\b${kind}_([A-Z_0-9]+)\\b`, 'g'))]
    const all = new Set(found.map(([, word]) => word!).filter((word) => word !== 'MAX'))
    const rows = [...all].map((word) => `\t[${kind}_${word}] = "${word.toLowerCase()}",\n`)
    return `static const char *const ${name}[] __attribute__((unused)) = {\n${rows.join('')}};\n`
  }
  return `#include "http.h"\n\n${table('COUNT', 'counter_names')}\n${table('END', 'end_names')}`
}

/**
 * The options by which clang finds the sanitizers' libraries. Debian has them in a package of their
 * own, which is unpacked where it is not installed.
 */
async function sanitizers(work: string): Promise<string[]> {
  const own = (await run(needProgram('clang'), ['-print-resource-dir'])).stdout.trim()
  if (globSync(join(own, 'lib', '*', 'libclang_rt.asan*.a')).length > 0) return []
  const major = /^\d+/.exec(basename(own))?.[0] ?? ''
  const unpacked = await unpack(`libclang-rt-${major}-dev`)
  const [library] = globSync(join(unpacked.root, '**', 'libclang_rt.asan-*.a'))
  if (library === undefined) throw new Error(`no sanitizers in ${unpacked.root}`)
  const folder = join(work, 'resources')
  mkdirSync(folder)
  symlinkSync(join(own, 'include'), join(folder, 'include'))
  symlinkSync(dirname(dirname(library)), join(folder, 'lib'))
  return ['-resource-dir', folder]
}
