import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { tempDir } from '../kit/temp_dir.ts'

const ROOT = join(import.meta.dirname, '..', '..')

let command: string | undefined

/**
 * The command as it is shipped: what `npm run build` makes of this checkout, without the sources beside
 * it, whose types would have to be stripped at each start. Built at the first call.
 */
export function builtWaggle(): string {
  command ??= build()
  return command
}

function build(): string {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts', 'build.mjs')])
  if (status !== 0) throw new Error(`npm run build failed:\n${String(stderr)}`)
  const folder = tempDir('built')
  mkdirSync(join(folder, 'bin'))
  cpSync(join(ROOT, 'bin', 'waggle'), join(folder, 'bin', 'waggle'))
  for (const part of ['dist', '.setup', 'pipelines', 'package.json'])
    symlinkSync(join(ROOT, part), join(folder, part))
  return join(folder, 'bin', 'waggle')
}
