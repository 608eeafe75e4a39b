import type { Argument, Call, Expression, Key } from './ast.ts'

/** The names that an expression has at first sight. */
export interface Names {
  /** How paths begin. */
  readonly paths: Set<string>
  readonly functions: Set<string>
  /** Names without a call: enums, and converters that are handed over. */
  readonly symbols: Set<string>
}

/** No names yet. */
export function noNames(): Names {
  return { paths: new Set(), functions: new Set(), symbols: new Set() }
}

/** Adds the names of an expression. */
export function addNames(node: Expression, names: Names): void {
  switch (node.kind) {
    case 'literal':
      return
    case 'symbol':
      return void names.symbols.add(node.name)
    case 'path':
      names.paths.add(node.parts[0]?.name ?? '')
      return addKeys(
        node.parts.flatMap(({ keys }) => keys),
        names,
      )
    case 'call':
      return addCall(node, names)
    case 'not':
      return addNames(node.value, names)
    case 'comparison':
      return addAll([node.left, node.right], names)
    case 'list':
      return addAll(node.values, names)
    case 'map':
      return addAll(
        node.entries.map(({ value }) => value),
        names,
      )
    default:
      return addAll([node.first, ...node.rest.map(({ value }) => value)], names)
  }
}

/** Adds the names of a call and of its arguments. */
export function addCall({ name, args, keys }: Call, names: Names): void {
  names.functions.add(name)
  addAll(
    args.map(({ value }: Argument) => value),
    names,
  )
  addKeys(keys, names)
}

function addKeys(keys: readonly Key[], names: Names): void {
  for (const key of keys) if (key.kind === 'value') addNames(key.value, names)
}

function addAll(nodes: readonly Expression[], names: Names): void {
  for (const node of nodes) addNames(node, names)
}
