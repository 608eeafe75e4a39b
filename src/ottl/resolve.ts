import { suggestion } from '../config/index.ts'
import type { Key, Path, PathPart } from './ast.ts'
import { CONTEXTS, type Context, type Environment, VISIBLE } from './environment.ts'
import { OttlError, OttlSyntaxError } from './errors.ts'
import type { Field } from './fields.ts'
import { type KeyValue, valueAt, withValueAt } from './keys.ts'
import { type EditableMap, keyText, type KeyText, MapDraft } from './map_draft.ts'
import { FIELDS } from './paths.ts'
import type { Get, Target } from './target.ts'
import { isInt, isMap, typeOf, type Value } from './values.ts'

/** Compiles a key that shows only at run time. */
export type CompileKey = (key: Extract<Key, { kind: 'value' }>['value']) => Get

/** Looks up what a path of a statement in a context stands for. Throws OttlSyntaxError. */
export function resolve(path: Path, context: Context, compileKey: CompileKey): Target {
  const { subject, parts } = subjectOf(path, context)
  const fields = FIELDS[subject]
  const key = parts.map(({ name }) => name).join('.')
  const field = Object.hasOwn(fields, key) ? fields[key] : undefined
  const name = `${subject}.${key}`
  if (!field) throw unknownPath(name, subject, path.at)
  const keys = keysOf(parts)
  if (keys.length === 0) return plain(name, field)
  if (field.map === undefined && !field.keyed) {
    throw new OttlSyntaxError(`${name} has no keys`, (keys[0] as Key).at)
  }
  return keyed(name, field, keys, compileKey)
}

function subjectOf(path: Path, context: Context): { subject: Context; parts: readonly PathPart[] } {
  const [first, ...rest] = path.parts as [PathPart, ...PathPart[]]
  const named = first.name === 'instrumentation_scope' ? 'scope' : (first.name as Context)
  if (!CONTEXTS.includes(named)) return { subject: context, parts: path.parts }
  if (!VISIBLE[context].includes(named)) {
    const visible = VISIBLE[context].join(', ')
    throw new OttlSyntaxError(
      `there is no ${first.name} in the context ${context} (there are ${visible})`,
      path.at,
    )
  }
  if (rest.length === 0) throw new OttlSyntaxError(`expected a field of ${first.name}`, path.at)
  if (first.keys.length > 0) throw new OttlSyntaxError(`${first.name} has no keys`, path.at)
  return { subject: named, parts: rest }
}

function unknownPath(name: string, subject: Context, at: number): OttlSyntaxError {
  const known = Object.keys(FIELDS[subject]).map((key) => `${subject}.${key}`)
  return new OttlSyntaxError(`unknown path ${name}${suggestion(name, known)}`, at)
}

function keysOf(parts: readonly PathPart[]): readonly Key[] {
  const inner = parts.slice(0, -1).find(({ keys }) => keys.length > 0)
  if (inner) throw new OttlSyntaxError(`expected keys only at the end of a path`, inner.at)
  return parts.at(-1)?.keys ?? []
}

function plain(name: string, { type, get, set, map }: Field): Target {
  const edit = map && ((env: Environment, change: (map: EditableMap) => void) => change(map(env)))
  return { name, type, get, set, edit: edit ?? editOf(name, type, get, set) }
}

/** Changes a map that is a value: a copy of it takes its place. */
function editOf(name: string, type: Target['type'], get: Get, set: Target['set']): Target['edit'] {
  if (!set || (type !== 'any' && type !== 'map')) return undefined
  return (env, change) => {
    const value = get(env)
    if (!isMap(value)) throw new OttlError(`expected a map in ${name}, received ${typeOf(value)}`)
    const copy = new Map(value)
    change(copy)
    set(env, copy)
  }
}

function keyed(name: string, field: Field, keys: readonly Key[], compileKey: CompileKey): Target {
  const written =
    name + keys.map((key) => `[${key.kind === 'value' ? '…' : JSON.stringify(key.value)}]`).join('')
  const [first, ...rest] = keys.map((key) => compiledKey(key, compileKey)) as [
    CompiledKey,
    ...CompiledKey[],
  ]
  const root = rootOf(field, first)
  const get = rest.length === 0 ? root.get : deepGet(root.get, rest)
  const set = rest.length === 0 ? root.set : root.set && deepSet(root.get, root.set, rest)
  return { name: written, type: 'any', get, set, edit: editOf(written, 'any', get, set) }
}

interface CompiledKey {
  readonly fixed: KeyText | undefined
  readonly at: (env: Environment) => KeyValue
}

function compiledKey(key: Key, compileKey: CompileKey): CompiledKey {
  if (key.kind === 'string') return { fixed: keyText(key.value), at: () => key.value }
  if (key.kind === 'int') return { fixed: undefined, at: () => key.value }
  const get = compileKey(key.value)
  return { fixed: undefined, at: (env) => keyOf(get(env)) }
}

function keyOf(value: Value): KeyValue {
  if (typeof value === 'string') return value
  if (isInt(value)) return Number(value)
  throw new OttlError(`expected a string or int as key, received ${typeOf(value)}`)
}

type Root = Pick<Target, 'get' | 'set'>

/** The value at the first key. */
function rootOf({ map, get, set }: Field, key: CompiledKey): Root {
  if (map) return { get: mapGet(map, key), set: (env, value) => mapSet(map(env), key, env, value) }
  return {
    get: (env) => valueAt(get(env), key.at(env)),
    set: set && ((env, value) => set(env, withValueAt(get(env), [key.at(env)], value))),
  }
}

function mapGet(map: (env: Environment) => EditableMap, { fixed, at }: CompiledKey): Get {
  if (fixed === undefined) return (env) => map(env).get(textKey(at(env))) ?? null
  return (env) => {
    const entries = map(env)
    return (entries instanceof MapDraft ? entries.find(fixed) : entries.get(fixed.text)) ?? null
  }
}

function mapSet(
  entries: EditableMap,
  { fixed, at }: CompiledKey,
  env: Environment,
  value: Value,
): void {
  if (fixed !== undefined && entries instanceof MapDraft) entries.put(fixed, value)
  else entries.set(textKey(at(env)), value)
}

function textKey(key: KeyValue): string {
  if (typeof key === 'string') return key
  throw new OttlError(`a map has no index ${key}`)
}

function deepGet(root: Get, keys: readonly CompiledKey[]): Get {
  return (env) => {
    let value = root(env)
    for (const { at } of keys) value = valueAt(value, at(env))
    return value
  }
}

function deepSet(
  get: Get,
  set: Target['set'] & object,
  keys: readonly CompiledKey[],
): Target['set'] {
  return (env, value) => {
    const path = keys.map(({ at }) => at(env))
    set(env, withValueAt(get(env), path, value))
  }
}
