import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { runCli } from '../../src/cli/cli.ts'
import { components } from '../../src/components.ts'

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the real agent in this process. */
export async function waggle(args: readonly string[]): Promise<Ended> {
  // Wide enough to take all that is said before anybody reads it.
  const stdout = new PassThrough({ highWaterMark: 2 ** 24 })
  const stderr = new PassThrough({ highWaterMark: 2 ** 24 })
  const code = await runCli(args, {
    components,
    exit: () => {},
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
  })
  return { code, stdout: textIn(stdout), stderr: textIn(stderr) }
}

/**
 * Runs `validate` on a file. Lines of the file that begin with `#: ` are further arguments. The
 * folder is left out of what is said.
 */
export async function validate(folder: string, name: string): Promise<Ended> {
  const path = join(folder, name)
  const more = readFileSync(path, 'utf8').matchAll(/^#: (.+)$/gm)
  const ended = await waggle([
    'validate',
    '--config',
    path,
    ...[...more].map(([, arg = '']) => arg),
  ])
  return { ...ended, stderr: ended.stderr.replaceAll(`${folder}/`, '') }
}

/** The YAML files of a folder, without their ending. */
export function namesIn(folder: string): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'))
  return files.map((file) => file.replace(/\.yaml$/, '')).toSorted()
}

function textIn(stream: PassThrough): string {
  return (stream.read() as Buffer | null)?.toString() ?? ''
}
