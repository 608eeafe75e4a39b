import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cacheRoot } from './cache.ts'
import { run } from './processes.ts'
import { needProgram } from './programs.ts'

/** Compiles a C program into the cache, unless this very source is there; returns its path. */
export async function compile(source: string): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)
  const folder = join(cacheRoot(), 'programs')
  const program = join(folder, `${basename(source, '.c')}-${digest}`)
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  const unfinished = `${program}.${randomUUID()}`
  await run(needProgram('clang'), ['-O2', '-Wall', '-Wextra', '-o', unfinished, source])
  renameSync(unfinished, program)
  return program
}
