import type { Source } from './config.ts'
import { fetchFromNetwork, fetchText, shownUrl } from './fetch.ts'
import type { FetchText } from './fetch.ts'
import { errorAt } from './problems.ts'
import type { Problem } from './problems.ts'
import { readFromDisk, readText } from './read.ts'
import type { ReadFile } from './read.ts'

/** What surrounds the `--config` options. */
export interface LoadSurroundings {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly readFile?: ReadFile
  readonly fetchUrl?: FetchText
}

type Surrounded = Required<LoadSurroundings>

/** The schemes that `--config` takes. */
export const sourceSchemes = ['env', 'file', 'http', 'https', 'yaml'] as const

/**
 * The texts that could be read, and a problem for each that could not, placed at
 * `--config:<which>:1`.
 */
export interface LoadedSources {
  readonly sources: readonly Source[]
  readonly problems: readonly Problem[]
}

/**
 * Reads the values of `--config`: a path, `file:path`, `env:NAME`, `yaml:text`, `http://…` or
 * `https://…`. Keys of a `yaml:` text may be joined, as the Collector lets them be:
 * `yaml:processors::batch::timeout: 2s`.
 */
export async function loadSources(
  values: readonly string[],
  {
    env = process.env,
    readFile = readFromDisk,
    fetchUrl = fetchFromNetwork,
  }: LoadSurroundings = {},
): Promise<LoadedSources> {
  if (values.length === 0)
    return { sources: [], problems: [atOption(1, 'at least one --config must be given')] }
  const sources: Source[] = []
  const problems: Problem[] = []
  for (const [i, value] of values.entries()) {
    try {
      sources.push(await loadSource(value, { env, readFile, fetchUrl }))
    } catch (error) {
      problems.push(atOption(i + 1, (error as Error).message))
    }
  }
  return { sources, problems }
}

async function loadSource(value: string, { env, readFile, fetchUrl }: Surrounded): Promise<Source> {
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
    case 'http':
    case 'https': {
      const url = urlOf(value)
      return { name: shownUrl(url), text: await fetchText(url, fetchUrl) }
    }
    default:
      throw new Error(
        `unknown scheme "${scheme}" in ${JSON.stringify(value)} (known: ${sourceSchemes.join(', ')})`,
      )
  }
}

// The value is not shown: what is no URL may still hold a password.
function urlOf(value: string): URL {
  if (!URL.canParse(value)) throw new Error('not a valid URL')
  return new URL(value)
}

function variable(name: string, env: Readonly<Record<string, string | undefined>>): string {
  const text = Object.hasOwn(env, name) ? env[name] : undefined
  if (text === undefined) throw new Error(`environment variable ${JSON.stringify(name)} is not set`)
  return text
}

function atOption(line: number, message: string): Problem {
  return errorAt({ file: '--config', line, column: 1 }, [], message)
}
