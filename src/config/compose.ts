import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { Alias, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import type { ConfigNode, MapEntry, ScalarNode } from './node.ts'
import type { Position, Problem } from './problems.ts'
import { Reading } from './reading.ts'

type YamlNode = ParsedNode | Alias | Scalar | YAMLMap | YAMLSeq

/**
 * Our nodes for those of the `yaml` package: keys as text, aliases and merge keys resolved,
 * duplicates reported.
 */
export function nodesOf(
  contents: ParsedNode,
  locate: (offset: number) => Position,
  from: string | undefined,
): { node: ConfigNode; problems: Problem[] } {
  const reading = new Reading(locate, from)
  return { node: convert(contents, reading), problems: reading.problems }
}

function convert(node: YamlNode, reading: Reading): ConfigNode {
  if (isAlias(node)) return reading.resolve(node.source, place(node, reading))
  return reading.anchored(node.anchor, () => convertPlain(node, reading))
}

function convertPlain(node: YamlNode, reading: Reading): ConfigNode {
  const from = reading.from === undefined ? {} : { from: reading.from }
  const common = { at: place(node, reading), ...from }
  if (isMap(node)) return { kind: 'map', ...common, entries: entriesOf(node, reading) }
  if (isSeq(node)) {
    const items = node.items.map((item) => convert(item as YamlNode, reading))
    return { kind: 'list', ...common, items }
  }
  return { kind: 'scalar', ...common, ...scalarOf(node as Scalar) }
}

function scalarOf({ value, source = '' }: Scalar): Pick<ScalarNode, 'value' | 'text'> {
  if (typeof value === 'string') return { value }
  if (value === null || value === undefined) return { value: null }
  if (typeof value === 'number' || typeof value === 'boolean') return { value, text: source }
  return { value: source }
}

function entriesOf(map: YAMLMap, reading: Reading): Map<string, MapEntry> {
  const entries = new Map<string, MapEntry>()
  const merged: MapEntries[] = []
  for (const { key, value } of map.items) {
    const keyNode = key as YamlNode
    if (isMergeKey(keyNode)) {
      merged.push(...mergeSources(value as YamlNode | null, keyNode, reading))
      continue
    }
    addEntry(entries, keyNode, value as YamlNode | null, reading)
  }
  for (const source of merged) {
    for (const [key, entry] of source) if (!entries.has(key)) entries.set(key, entry)
  }
  return entries
}

type MapEntries = ReadonlyMap<string, MapEntry>

function addEntry(
  entries: Map<string, MapEntry>,
  key: YamlNode,
  value: YamlNode | null,
  reading: Reading,
): void {
  const keyAt = place(key, reading)
  const name = keyText(key)
  const first = name === undefined ? undefined : entries.get(name)?.keyAt
  if (name === undefined) reading.fail(keyAt, 'a key must be a text, not a map, a list or an alias')
  else if (first) reading.fail(keyAt, duplicateKey(name, first))
  else entries.set(name, { keyAt, value: value ? convert(value, reading) : emptyAt(keyAt) })
}

function duplicateKey(name: string, first: Position): string {
  return `duplicate key ${JSON.stringify(name)}, first given at ${first.line}:${first.column}`
}

function keyText(key: YamlNode): string | undefined {
  if (!isScalar(key)) return undefined
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}

function isMergeKey(key: YamlNode): boolean {
  return isScalar(key) && typeof key.value === 'symbol'
}

function mergeSources(value: YamlNode | null, key: YamlNode, reading: Reading): MapEntries[] {
  const node = value ? convert(value, reading) : emptyAt(place(key, reading))
  const sources = node.kind === 'list' ? node.items : [node]
  return sources.flatMap((source) => {
    if (source.kind === 'map') return [source.entries]
    if (!source.failed) reading.fail(place(key, reading), '"<<" takes a map, or a list of maps')
    return []
  })
}

function place(node: YamlNode, reading: Reading): Position {
  return reading.locate(node.range?.[0] ?? 0)
}

function emptyAt(at: Position): ConfigNode {
  return { kind: 'scalar', at, value: null }
}
