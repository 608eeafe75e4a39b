import type { ComponentRegistry } from '../component/registry.ts'
import { ConfigError, loadSources, parseConfig } from '../config/index.ts'
import type { Config, Problem } from '../config/index.ts'
import { planGraph } from '../pipeline/plan_graph.ts'
import type { Plan } from '../pipeline/plan.ts'

/** The options that say what to run. */
export interface ConfigOptions {
  /** Values of `--config`, in order. */
  readonly config: readonly string[]
  /** Values of `--set`, in order. */
  readonly set: readonly string[]
}

/** A configuration that can be run. */
export interface Loaded {
  readonly config: Config
  readonly plan: Plan
  readonly warnings: readonly Problem[]
}

/** The command line does not say what it has to. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads and checks a configuration up to the point of creating components. Throws UsageError where
 * none is given, and ConfigError with all problems at once.
 */
export function loadPlan(
  { config: values, set }: ConfigOptions,
  registry: ComponentRegistry,
): Loaded {
  if (values.length === 0) {
    throw new UsageError('no configuration given, name at least one with --config FILE')
  }
  const { sources, problems: unread } = loadSources(values)
  if (unread.length > 0) throw new ConfigError(unread)
  const { config, problems } = parseConfig(sources, registry, { set })
  if (!config) throw new ConfigError(problems)
  const { plan, problems: unfit } = planGraph(config, registry)
  if (!plan) throw new ConfigError([...problems, ...unfit])
  return { config, plan, warnings: problems }
}
