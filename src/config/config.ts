import { ConfigDocument } from './document.ts'
import { expand } from './expand.ts'
import { splitJoinedKeys } from './joined_keys.ts'
import { merge } from './merge.ts'
import type { Config } from './model.ts'
import { isEmpty } from './node.ts'
import type { ConfigNode } from './node.ts'
import { onlyWarnings, sortProblems, warningAt } from './problems.ts'
import type { Problem } from './problems.ts'
import { readFromDisk } from './read.ts'
import type { ReadFile } from './read.ts'
import type { Registry } from './registry.ts'
import { readConfig } from './sections.ts'
import { loadSet } from './set.ts'
import { loadYaml } from './source.ts'
import type { LoadedYaml } from './source.ts'

/** One text of a configuration and the name that problems in it carry. */
export interface Source {
  readonly name: string
  readonly text: string
  /** Keys may be joined: `processors::batch::timeout`. */
  readonly joinedKeys?: boolean
}

/** What surrounds a configuration. */
export interface ParseOptions {
  /** `a.b=value`, laid over the sources in order. */
  readonly set?: readonly string[]
  /** Environment variables for `${env:…}`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * Reads the files of `${file:…}`; relative paths start at the working directory, as in the
   * Collector.
   */
  readonly readFile?: ReadFile
}

/** `config` is there when no problem is an error. The problems are sorted by place. */
export interface ParsedConfig {
  readonly config: Config | undefined
  readonly problems: readonly Problem[]
}

/**
 * Reads a configuration from one or several texts, later ones laid over earlier ones. All problems
 * are found at once; only while a text is not valid YAML nothing else is looked at. References are
 * expanded after merging, so a variable in a value that a later text replaces need not be set.
 */
export function parseConfig(
  sources: readonly Source[],
  registry: Registry,
  { set = [], env = process.env, readFile = readFromDisk }: ParseOptions = {},
): ParsedConfig {
  const loaded = [...sources.map(loadSource), ...set.map((option, i) => loadSet(option, i + 1))]
  const problems = loaded.flatMap((one) => one.problems)
  const merged = mergeAll(loaded)
  if (!merged || !onlyWarnings(problems)) return finish(undefined, emptyAsErrors(problems))

  const { node, problems: unexpanded } = expand(merged, { env, readFile })
  const document = new ConfigDocument(node, [...problems, ...unexpanded])
  return finish(readConfig(document, registry), document.problems)
}

function loadSource({ name, text, joinedKeys = false }: Source): LoadedYaml {
  const { root, problems } = loadYaml(text, name)
  if (!root || isEmpty(root))
    return { root: undefined, problems: [...problems, ...emptiness(name, problems)] }
  return { root: joinedKeys ? splitJoinedKeys(root) : root, problems }
}

// One empty text beside others is odd; nothing but empty texts is an error.
function emptiness(name: string, problems: readonly Problem[]): Problem[] {
  return problems.length > 0
    ? []
    : [warningAt({ file: name, line: 1, column: 1 }, [], 'empty configuration')]
}

function emptyAsErrors(problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, severity: 'error' }))
}

function finish(config: Config | undefined, problems: readonly Problem[]): ParsedConfig {
  return { config: onlyWarnings(problems) ? config : undefined, problems: sortProblems(problems) }
}

function mergeAll(loaded: readonly LoadedYaml[]): ConfigNode | undefined {
  const roots = loaded.flatMap(({ root }) => (root && !isEmpty(root) ? [root] : []))
  const [first, ...later] = roots
  return first && later.reduce(merge, first)
}
