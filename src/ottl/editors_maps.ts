import { OttlSyntaxError } from './errors.ts'
import { define, type Functions } from './function.ts'
import {
  count,
  editable,
  flag,
  map,
  optional,
  regex,
  string,
  type Param,
  word,
  words,
} from './params.ts'
import { changeTexts, type EditableMap, keysOf } from './map_draft.ts'
import { textOf } from './texts.ts'
import { isList, isMap, type Value } from './values.ts'

function keep(target: EditableMap, wanted: (key: string) => boolean): void {
  for (const key of keysOf(target)) if (!wanted(key)) target.delete(key)
}

function limit(target: EditableMap, most: number, priority: ReadonlySet<string>): void {
  if (target.size <= most) return
  const keys = keysOf(target)
  const first = keys.filter((key) => priority.has(key))
  const others = keys.filter((key) => !priority.has(key))
  const kept = new Set([...first, ...others].slice(0, most))
  keep(target, (key) => kept.has(key))
}

type Strategy = 'insert' | 'update' | 'upsert'

function merge(target: EditableMap, source: ReadonlyMap<string, Value>, strategy: string): void {
  for (const [key, value] of source) {
    const isThere = target.get(key) !== undefined
    if (strategy === 'upsert' || isThere === (strategy === 'update')) target.set(key, value)
  }
}

/** At a character's beginning unless `safe` is false; with the marker where there is one. */
function truncated(text: string, most: number, safe: boolean, marker: string): string | undefined {
  // No character has more than three bytes for each of its units.
  if (text.length * 3 <= most || Buffer.byteLength(text) <= most) return undefined
  const bytes = Buffer.from(text)
  let end = Math.max(0, most - Buffer.byteLength(marker))
  if (safe) while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end) + marker
}

function truncateAll(target: EditableMap, most: number, safe: boolean, marker: string): void {
  changeTexts(target, most, (text) => truncated(text, most, safe, marker))
}

interface Flat {
  readonly entries: Map<string, Value>
  readonly depth: number
  readonly resolves: boolean
  /** How often each key has come. */
  readonly seen: Map<string, number>
}

function flatten(value: Value, key: string, level: number, flat: Flat): void {
  if (isMap(value) && level <= flat.depth) {
    for (const [inner, one] of value) flatten(one, `${key}.${inner}`, level + 1, flat)
  } else if (isList(value) && level <= flat.depth) {
    value.forEach((one, i) => flatten(one, flat.resolves ? key : `${key}.${i}`, level + 1, flat))
  } else put(flat, key, value)
}

function put({ entries, resolves, seen }: Flat, key: string, value: Value): void {
  if (!resolves) return void entries.set(key, value)
  const times = seen.get(key)
  seen.set(key, (times ?? -1) + 1)
  entries.set(times === undefined ? key : `${key}.${times}`, value)
}

function flattened(
  target: EditableMap,
  prefix: string,
  depth: number,
  resolves: boolean,
): Map<string, Value> {
  const flat: Flat = { entries: new Map(), depth, resolves, seen: new Map() }
  for (const key of target.keys()) {
    flatten(target.get(key) ?? null, prefix === '' ? key : `${prefix}.${key}`, 1, flat)
  }
  return flat.entries
}

function flattenInto(target: EditableMap, entries: ReadonlyMap<string, Value>): void {
  keep(target, () => false)
  for (const [key, value] of entries) target.set(key, value)
}

function hasNested(target: EditableMap): boolean {
  for (const key of target.keys()) {
    const value = target.get(key) ?? null
    if (isMap(value) || isList(value)) return true
  }
  return false
}

/** Keys that stay whatever is dropped. */
function priorities(name: string): Param<ReadonlySet<string>> {
  const inner = words(name)
  return { ...inner, prepare: (arg) => new Set(inner.prepare(arg)) }
}

/** Editors of maps. */
export const mapEditors: Functions = {
  delete_key: define('nil', [editable('target'), string('key')], (edit, key) => (env) => {
    const gone = key(env)
    edit(env, (target) => target.delete(gone))
    return null
  }),
  delete_matching_keys: define(
    'nil',
    [editable('target'), regex('pattern')],
    (edit, pattern) => (env) => {
      const gone = pattern(env)
      edit(env, (target) => keep(target, (key) => !gone.test(key)))
      return null
    },
  ),
  keep_matching_keys: define(
    'nil',
    [editable('target'), regex('pattern')],
    (edit, pattern) => (env) => {
      const wanted = pattern(env)
      edit(env, (target) => keep(target, (key) => wanted.test(key)))
      return null
    },
  ),
  keep_keys: define('nil', [editable('target'), priorities('keys')], (edit, keys) => (env) => {
    edit(env, (target) => keep(target, (key) => keys.has(key)))
    return null
  }),
  limit: define(
    'nil',
    [editable('target'), count('limit'), priorities('priority_keys')],
    (edit, most, priority) => {
      if (priority.size > most) {
        throw new OttlSyntaxError(
          `expected at most ${most} priority keys, received ${priority.size}`,
          0,
        )
      }
      return (env) => {
        edit(env, (target) => limit(target, most, priority))
        return null
      }
    },
  ),
  truncate_all: define(
    'nil',
    [
      editable('target'),
      count('limit'),
      optional(flag('utf8_safe')),
      optional(word('truncation_marker')),
    ],
    (edit, most, safe = true, marker = '') => {
      if (Buffer.byteLength(marker) > most) {
        throw new OttlSyntaxError('the truncation_marker is longer than the limit', 0)
      }
      return (env) => {
        edit(env, (target) => truncateAll(target, most, safe, marker))
        return null
      }
    },
  ),
  merge_maps: define(
    'nil',
    [
      editable('target'),
      map('source'),
      word('strategy', ['insert', 'update', 'upsert'] satisfies Strategy[]),
    ],
    (edit, source, strategy) => (env) => {
      const from = source(env)
      edit(env, (target) => merge(target, from, strategy))
      return null
    },
  ),
  flatten: define(
    'nil',
    [
      editable('target'),
      optional(word('prefix')),
      optional(count('depth')),
      optional(flag('resolveConflicts')),
    ],
    (edit, prefix = '', depth = Number.MAX_SAFE_INTEGER, resolves = false) =>
      (env) => {
        edit(env, (target) => {
          if (prefix !== '' || hasNested(target))
            flattenInto(target, flattened(target, prefix, depth, resolves))
        })
        return null
      },
  ),
  stringify_all: define('nil', [editable('target')], (edit) => (env) => {
    edit(env, (target) => {
      for (const key of keysOf(target)) {
        const value = target.get(key) ?? null
        if (typeof value !== 'string') target.set(key, textOf(value) ?? '')
      }
    })
    return null
  }),
}
