import type { ComponentRegistry } from '../component/registry.ts'
import {
  ConfigError,
  composeConfig,
  gatesOf,
  loadSources,
  mergeAppendGate,
  parseConfig,
  readFromDisk,
} from '../config/index.ts'
import type {
  Config,
  ConfigNode,
  ParseOptions,
  Problem,
  ReadFile,
  Source,
} from '../config/index.ts'
import { planGraph } from '../pipeline/plan_graph.ts'
import type { Plan } from '../pipeline/plan.ts'

/** The options that say what to run. */
export interface ConfigOptions {
  /** Values of `--config`, in order. */
  readonly config: readonly string[]
  /** Values of `--set`, in order. */
  readonly set: readonly string[]
  /** Values of `--feature-gates`, in order. */
  readonly featureGates?: readonly string[]
}

/** A configuration that can be run. */
export interface Loaded {
  readonly config: Config
  readonly plan: Plan
  readonly warnings: readonly Problem[]
  /** The files that it was read from, those of `${file:…}` included. */
  readonly files: readonly string[]
}

/** A configuration that need not be right, and what is wrong with it so far. */
export interface LoadedTree {
  readonly node: ConfigNode
  readonly problems: readonly Problem[]
}

/** The command line does not say what it has to. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads and checks a configuration up to the point of creating components. Rejects with UsageError
 * where none is given, FeatureGateError where a gate is not known, and ConfigError with all problems
 * at once.
 */
export async function loadPlan(
  options: ConfigOptions,
  registry: ComponentRegistry,
): Promise<Loaded> {
  const { sources, parseOptions, files } = await load(options)
  const { config, outline, problems } = parseConfig(sources, registry, parseOptions)
  const graph = outline && planGraph(outline, registry)
  if (!config || !graph?.plan) throw new ConfigError([...problems, ...(graph?.problems ?? [])])
  return { config, plan: graph.plan, warnings: problems, files }
}

/** Reads, merges and expands a configuration, no more. Rejects as `loadPlan` where that fails. */
export async function loadTree(options: ConfigOptions): Promise<LoadedTree> {
  const { sources, parseOptions } = await load(options)
  const { node, problems } = composeConfig(sources, parseOptions)
  if (!node) throw new ConfigError(problems)
  return { node, problems }
}

interface Read {
  readonly sources: readonly Source[]
  readonly parseOptions: ParseOptions
  /** Grows while the sources are expanded. */
  readonly files: readonly string[]
}

async function load({ config: values, set, featureGates = [] }: ConfigOptions): Promise<Read> {
  if (values.length === 0) {
    throw new UsageError('no configuration given, name at least one with --config FILE')
  }
  const appendLists = gatesOf(featureGates).isEnabled(mergeAppendGate)
  const files: string[] = []
  const readFile: ReadFile = (path) => {
    files.push(path)
    return readFromDisk(path)
  }
  const { sources, problems } = await loadSources(values, { readFile })
  if (problems.length > 0) throw new ConfigError(problems)
  return { sources, parseOptions: { set, appendLists, readFile }, files }
}
