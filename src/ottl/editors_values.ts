import type { LinearRegExp } from '../helpers/linear_regexp.ts'
import type { Environment } from './environment.ts'
import { OttlError, OttlSyntaxError } from './errors.ts'
import { define, type Functions } from './function.ts'
import { changeTexts, type EditableMap, keysOf } from './map_draft.ts'
import {
  any,
  converter,
  editable,
  int,
  list,
  optional,
  type Param,
  regex,
  settable,
  string,
  word,
} from './params.ts'
import { keptRegex, regexOf } from './regex.ts'
import { type Finish, finished, globPattern, replaced } from './replace.ts'
import { isList, typeOf, type Value } from './values.ts'

/** A format of a replacement: exactly one `%s`. */
const format: Param<string> = {
  name: 'replacementFormat',
  isOptional: false,
  prepare: (arg) => {
    const text = word('replacementFormat').prepare(arg)
    if (text.replace('%s', '').includes('%') || !text.includes('%s')) {
      throw new OttlSyntaxError('expected one %s and no other % in "replacementFormat"', arg.at)
    }
    return text
  },
}

/** A glob pattern. */
function glob(name: string): Param<(env: Environment) => LinearRegExp> {
  const inner = string(name)
  return {
    name,
    isOptional: false,
    prepare: (arg) => {
      if (typeof arg.constant === 'string') {
        const compiled = regexOf(globPattern(arg.constant))
        return () => compiled
      }
      const get = inner.prepare(arg)
      return (env) => keptRegex(globPattern(get(env)))
    },
  }
}

const finishing = [optional(converter('function')), optional(format)] as const

function finishOf(found: Finish['converter'], formatText: string | undefined): Finish {
  return { converter: found, format: formatText }
}

function replaceValues(
  target: EditableMap,
  regex: LinearRegExp,
  replacement: string,
  finish: Finish,
): void {
  changeTexts(target, -1, (text) => replaced(text, regex, replacement, finish))
}

function replaceKeys(
  target: EditableMap,
  regex: LinearRegExp,
  replacement: string,
  finish: Finish,
): void {
  for (const key of keysOf(target)) {
    const text = replaced(key, regex, replacement, finish)
    if (text === undefined || text === key) continue
    const value = target.get(key) ?? null
    target.delete(key)
    target.set(text, value)
  }
}

function appended(before: Value, more: readonly Value[]): Value {
  if (isList(before)) return [...before, ...more]
  return before === null ? more : [before, ...more]
}

function withoutRange(value: Value, start: number, end: number): Value {
  if (!isList(value)) throw new OttlError(`expected a list, received ${typeOf(value)}`)
  if (start < 0 || start > end || end > value.length) {
    throw new OttlError(`${start} to ${end} is outside of a list of ${value.length}`)
  }
  return value.toSpliced(start, end - start)
}

/** Editors of single values, and of texts in them. */
export const valueEditors: Functions = {
  set: define('nil', [settable('target'), any('value')], ({ set }, value) => (env) => {
    const found = value(env)
    // As in the Collector: what is not there leaves the target as it is.
    if (found !== null) set(env, found)
    return null
  }),
  append: define(
    'nil',
    [settable('target'), optional(any('value')), optional(list('values'))],
    (target, value, values) => {
      if (!value && !values) throw new OttlSyntaxError('append lacks "value" or "values"', 0)
      return (env) => {
        const more = [...(value ? [value(env)] : []), ...(values?.(env) ?? [])]
        target.set(env, appended(target.get(env), more))
        return null
      }
    },
  ),
  delete_index: define(
    'nil',
    [settable('target'), int('startIndex'), optional(int('endIndex'))],
    (target, start, end) => (env) => {
      const from = start(env)
      target.set(env, withoutRange(target.get(env), from, end?.(env) ?? from + 1))
      return null
    },
  ),
  replace_pattern: define(
    'nil',
    [settable('target'), regex('regex'), string('replacement'), ...finishing],
    (target, pattern, replacement, found, text) => {
      const finish = finishOf(found, text)
      return (env) => {
        const before = target.get(env)
        if (typeof before !== 'string') return null
        const after = replaced(before, pattern(env), replacement(env), finish)
        if (after !== undefined) target.set(env, after)
        return null
      }
    },
  ),
  replace_all_patterns: define(
    'nil',
    [
      editable('target'),
      word('mode', ['key', 'value']),
      regex('regex'),
      string('replacement'),
      ...finishing,
    ],
    (edit, mode, pattern, replacement, found, text) => {
      const finish = finishOf(found, text)
      const change = mode === 'key' ? replaceKeys : replaceValues
      return (env) => {
        const [re, by] = [pattern(env), replacement(env)]
        edit(env, (target) => change(target, re, by, finish))
        return null
      }
    },
  ),
  replace_match: define(
    'nil',
    [settable('target'), glob('pattern'), string('replacement'), ...finishing],
    (target, pattern, replacement, found, text) => {
      const finish = finishOf(found, text)
      return (env) => {
        const before = target.get(env)
        if (typeof before !== 'string' || !pattern(env).test(before)) return null
        target.set(env, finished(replacement(env), finish))
        return null
      }
    },
  ),
  replace_all_matches: define(
    'nil',
    [editable('target'), glob('pattern'), string('replacement'), ...finishing],
    (edit, pattern, replacement, found, text) => {
      const finish = finishOf(found, text)
      return (env) => {
        const [re, by] = [pattern(env), replacement(env)]
        edit(env, (target) => {
          for (const key of keysOf(target)) {
            const value = target.get(key)
            if (typeof value === 'string' && re.test(value)) target.set(key, finished(by, finish))
          }
        })
        return null
      }
    },
  ),
}
