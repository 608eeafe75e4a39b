import { checkSchema } from '../../src/config/schema.ts'
import { loadYaml } from '../../src/config/source.ts'
import { formatProblem } from '../../src/config/problems.ts'
import { nodeAt } from '../../src/config/node.ts'
import type { ConfigNode } from '../../src/config/node.ts'
import type { Factory } from '../../src/component/component.ts'
import { filesOf, textOf } from './files.ts'

/** The options of a component in a file, and what is wrong with them. */
export interface Options {
  /** What the schema made of them; undefined when there is a problem. */
  readonly config?: unknown
  /** The keys as written. */
  readonly keys: readonly string[]
  readonly problems: readonly string[]
}

/** The folder a factory has to lie in. */
export function folderOf({ role, type }: Pick<Factory, 'role' | 'type'>): string {
  return `${role}s/${type}`
}

/** The files of a component's testdata that begin so. */
export function testdata(factory: Factory, prefix: string): string[] {
  const files = filesOf(`${folderOf(factory)}/testdata/${prefix}*.yaml`)
  return files.map((file) => file.slice(file.lastIndexOf('/') + 1))
}

/**
 * Reads a component's options from a file of its testdata, where they stand alone, under their id,
 * or under section and id as in a configuration.
 */
export function optionsIn(factory: Factory, file: string): Options {
  if (!testdata(factory, '').includes(file)) return { keys: [], problems: [`${file} is missing`] }
  const { root, problems } = loadYaml(textOf(`${folderOf(factory)}/testdata/${file}`), file)
  if (!root) return { keys: [], problems: problems.map(formatProblem) }
  const path = pathOf(factory, root)
  const keys = keysOf(nodeAt(root, path))
  const checked = checkSchema(factory.config, root, path)
  return checked.ok
    ? { config: checked.value, keys, problems: [] }
    : { keys, problems: checked.problems.map(formatProblem) }
}

function pathOf({ role, type }: Factory, root: ConfigNode): string[] {
  const above = nodeAt(root, [`${role}s`]) ? [`${role}s`] : []
  const id = keysOf(nodeAt(root, above)).find((key) => key.split('/')[0] === type)
  return id === undefined ? above : [...above, id]
}

function keysOf(node: ConfigNode | undefined): string[] {
  return node?.kind === 'map' ? [...node.entries.keys()] : []
}
