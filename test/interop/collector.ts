import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheRoot } from '../kit/cache.ts'
import { locked } from '../kit/lock.ts'
import { findProgram } from '../kit/programs.ts'

const execute = promisify(execFile)

const SOURCE = join(import.meta.dirname, 'collector')
const BUILDER = 'go.opentelemetry.io/collector/cmd/builder@v0.155.0'

/**
 * The command of a real OpenTelemetry Collector, made by its own builder out of Go modules. It is made
 * once, in some minutes, and kept outside the checkout. Rejects where Go is missing.
 */
export async function realCollector(
  say = (line: string): unknown => process.stderr.write(line),
): Promise<string> {
  const folder = join(cacheRoot(), 'collector', digest())
  const command = join(folder, 'otelcol')
  if (existsSync(command)) return command
  mkdirSync(folder, { recursive: true })
  await locked(`${folder}.lock`, async () => {
    if (!existsSync(command)) await build(command, say)
  })
  return command
}

/** Changes with what the Collector is made of. */
function digest(): string {
  const hash = createHash('sha256').update(BUILDER)
  for (const name of ['manifest.yaml', 'go.mod', 'go.sum'])
    hash.update(readFileSync(join(SOURCE, name)))
  return hash.digest('hex').slice(0, 16)
}

async function build(command: string, say: (line: string) => unknown): Promise<void> {
  const go = findProgram('go') ?? findProgram('/usr/local/go/bin/go')
  if (!go)
    throw new Error(
      'the interop suite needs Go 1.26 or later to build a Collector: https://go.dev/dl',
    )
  const started = performance.now()
  say('Building an OpenTelemetry Collector, once: this takes some minutes.\n')
  const work = mkdtempSync(`${command}.build-`)
  const env = { ...process.env, GOBIN: work, GOFLAGS: '-buildvcs=false' }
  const run = (file: string, ...args: string[]) =>
    execute(file, args, { cwd: work, env, maxBuffer: 2 ** 26 })
  await run(go, 'install', BUILDER)
  const manifest = readFileSync(join(SOURCE, 'manifest.yaml'), 'utf8')
  const sources = join(work, 'sources')
  writeFileSync(
    join(work, 'manifest.yaml'),
    manifest.replace('dist:', `dist:\n  output_path: ${sources}`),
  )
  // The builder would look for the newest of what the modules need; go.mod and go.sum say which it is.
  const generate = ['--skip-get-modules', '--skip-compilation']
  await run(join(work, 'builder'), '--config', 'manifest.yaml', ...generate)
  for (const name of ['go.mod', 'go.sum']) cpSync(join(SOURCE, name), join(sources, name))
  await run(
    go,
    'build',
    '-C',
    sources,
    '-trimpath',
    '-ldflags=-s -w',
    '-o',
    join(work, 'otelcol'),
    '.',
  )
  renameSync(join(work, 'otelcol'), command)
  say(`Built in ${((performance.now() - started) / 60_000).toFixed(1)} minutes.\n`)
}
