import type { Factory } from '../component/component.ts'
import { ComponentRegistry } from '../component/registry.ts'
import { componentKinds, withArticle } from '../config/index.ts'
import { PluginError } from './plugin_error.ts'
import { loadModule } from './plugin_module.ts'
import { factoriesIn } from './plugin_shape.ts'
import type { Program } from './program.ts'

/** The option that brings components of others. */
export interface PluginOptions {
  /** Values of `--plugin`, in order. */
  readonly plugin?: readonly string[]
}

/** What one `--plugin` has brought. */
export interface Plugin {
  /** As it was given. */
  readonly value: string
  /** `name v1.2.3`, or a path. */
  readonly origin: string
  readonly factories: readonly Factory[]
}

/**
 * The program with the components of plugins beside its own. Rejects with PluginError where a module
 * is not there, does not hold components, or has one that is there already. Modules are loaded once
 * for the life of the process.
 */
export async function withPlugins(
  { plugin: values = [] }: PluginOptions,
  program: Program,
  cwd: string = process.cwd(),
): Promise<Program> {
  if (values.length === 0) return program
  const known = componentKinds.flatMap((role) => program.registry.all(role) as readonly Factory[])
  const owners = new Map(known.flatMap((factory) => namesOf(factory).map((name) => [name, ''])))
  const plugins: Plugin[] = []
  for (const value of values) {
    const plugin = await loadPlugin(value, cwd)
    claimNames(plugin, owners)
    plugins.push(plugin)
  }
  const added = plugins.flatMap(({ factories }) => factories)
  return { ...program, plugins, registry: new ComponentRegistry([...known, ...added]) }
}

async function loadPlugin(value: string, cwd: string): Promise<Plugin> {
  const { exports, origin } = await loadModule(value, cwd)
  const shaped = factoriesIn(exports['components'])
  if (!shaped.ok) throw new PluginError(value, shaped.faults)
  return { value, origin, factories: shaped.factories }
}

function claimNames({ value, factories }: Plugin, owners: Map<string, string>): void {
  const clashes: string[] = []
  for (const name of factories.flatMap(namesOf)) {
    const owner = owners.get(name)
    if (owner === undefined) owners.set(name, value)
    else clashes.push(`there is ${name} already, ${owner === '' ? 'built in' : `from ${owner}`}`)
  }
  if (clashes.length > 0) throw new PluginError(value, clashes)
}

/** `a receiver "otlp"`, for its type and its older names. */
function namesOf({ role, type, aliases = [] }: Factory): string[] {
  return [type, ...aliases].map((name) => `${withArticle(role)} "${name}"`)
}
