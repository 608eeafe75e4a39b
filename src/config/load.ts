import type { Source } from './config.ts'
import { errorAt } from './problems.ts'
import type { Problem } from './problems.ts'
import { readFromDisk, readText } from './read.ts'
import type { ReadFile } from './read.ts'

/** What surrounds the `--config` options. */
export interface LoadSurroundings {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly readFile?: ReadFile
}

/**
 * The texts that could be read, and a problem for each that could not, placed at
 * `--config:<which>:1`.
 */
export interface LoadedSources {
  readonly sources: readonly Source[]
  readonly problems: readonly Problem[]
}

/**
 * Reads the values of `--config`: a path, `file:path`, `env:NAME` or `yaml:text`. Keys of a `yaml:`
 * text may be joined, as the Collector lets them be: `yaml:processors::batch::timeout: 2s`.
 */
export function loadSources(
  values: readonly string[],
  { env = process.env, readFile = readFromDisk }: LoadSurroundings = {},
): LoadedSources {
  if (values.length === 0)
    return { sources: [], problems: [atOption(1, 'at least one --config must be given')] }
  const sources: Source[] = []
  const problems: Problem[] = []
  for (const [i, value] of values.entries()) {
    try {
      sources.push(loadSource(value, env, readFile))
    } catch (error) {
      problems.push(atOption(i + 1, (error as Error).message))
    }
  }
  return { sources, problems }
}

function loadSource(
  value: string,
  env: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile,
): Source {
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s.exec(value) ?? []
  switch (scheme) {
    case undefined:
      return { name: value, text: readText(value, readFile) }
    case 'file':
      return { name: rest, text: readText(rest, readFile) }
    case 'env':
      return { name: value, text: variable(rest, env) }
    case 'yaml':
      return { name: 'yaml', text: rest, joinedKeys: true }
    default:
      throw new Error(
        `unknown scheme "${scheme}" in ${JSON.stringify(value)} (known: env, file, yaml)`,
      )
  }
}

function variable(name: string, env: Readonly<Record<string, string | undefined>>): string {
  const text = Object.hasOwn(env, name) ? env[name] : undefined
  if (text === undefined) throw new Error(`environment variable ${JSON.stringify(name)} is not set`)
  return text
}

function atOption(line: number, message: string): Problem {
  return errorAt({ file: '--config', line, column: 1 }, [], message)
}
