import { ConfigDocument } from './document.ts'
import { expand } from './expand.ts'
import { splitJoinedKeys } from './joined_keys.ts'
import { merge } from './merge.ts'
import type { MergeOptions } from './merge.ts'
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
  /** Join some lists of several sources; see `mergeAppendGate`. */
  readonly appendLists?: boolean
}

/** The problems are sorted by place. */
export interface ParsedConfig {
  /** There when no problem is an error. */
  readonly config: Config | undefined
  /**
   * There when errors are only in options: how the components are joined can be checked, none can be
   * made. The same as `config` when there are none.
   */
  readonly outline: Config | undefined
  readonly problems: readonly Problem[]
}

/** The texts as one tree, merged and expanded; undefined where one of them is not valid YAML. */
export interface ComposedConfig {
  readonly node: ConfigNode | undefined
  readonly problems: readonly Problem[]
}

/**
 * Makes one tree of several texts, later ones laid over earlier ones. References are expanded after
 * merging, so a variable in a value that a later text replaces need not be set.
 */
export function composeConfig(
  sources: readonly Source[],
  { set = [], env = process.env, readFile = readFromDisk, appendLists = false }: ParseOptions = {},
): ComposedConfig {
  const loaded = [...sources.map(loadSource), ...set.map((option, i) => loadSet(option, i + 1))]
  const problems = loaded.flatMap((one) => one.problems)
  const merged = mergeAll(loaded, { appendLists })
  if (!merged || !onlyWarnings(problems)) return { node: undefined, problems }

  const { node, problems: unexpanded } = expand(merged, { env, readFile })
  return { node, problems: [...problems, ...unexpanded] }
}

/**
 * Reads a configuration from one or several texts. All problems are found at once; only while a text
 * is not valid YAML nothing else is looked at.
 */
export function parseConfig(
  sources: readonly Source[],
  registry: Registry,
  options: ParseOptions = {},
): ParsedConfig {
  const { node, problems } = composeConfig(sources, options)
  if (!node) return finish(undefined, emptyAsErrors(problems))
  const document = new ConfigDocument(node, problems)
  const config = readConfig(document, registry)
  return finish(document.graphIsKnown ? config : undefined, document.problems)
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

function finish(outline: Config | undefined, problems: readonly Problem[]): ParsedConfig {
  const config = onlyWarnings(problems) ? outline : undefined
  return { config, outline, problems: sortProblems(problems) }
}

function mergeAll(loaded: readonly LoadedYaml[], options: MergeOptions): ConfigNode | undefined {
  const roots = loaded.flatMap(({ root }) => (root && !isEmpty(root) ? [root] : []))
  const [first, ...later] = roots
  return first && later.reduce((earlier, one) => merge(earlier, one, options), first)
}
