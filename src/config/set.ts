import type { ConfigNode } from './node.ts'
import { mapOf } from './node.ts'
import { errorAt } from './problems.ts'
import type { Position, Problem } from './problems.ts'
import { loadYaml } from './source.ts'
import type { LoadedYaml } from './source.ts'

/**
 * Reads one `--set a.b=c`: dots part the keys, the value is YAML, an empty value erases. Its place
 * is shown as `--set:<which>:<column>`, `which` counting the options from 1.
 */
export function loadSet(option: string, which: number): LoadedYaml {
  const equals = option.indexOf('=')
  if (equals < 0) return refused(which, `missing equal sign in ${JSON.stringify(option)}`)
  const keys = option.slice(0, equals).split('.')
  if (keys.includes('')) return refused(which, `empty key in ${JSON.stringify(option)}`)

  const at = { file: '--set', line: which, column: equals + 2 }
  const { root, problems } = loadYaml(option.slice(equals + 1), '--set', { at })
  const value: ConfigNode = root ?? { kind: 'scalar', at, value: null }
  return { root: nest(keys, value, which), problems: problems.map((problem) => inSet(problem, at)) }
}

function nest(keys: readonly string[], value: ConfigNode, line: number): ConfigNode {
  let node = value
  let column = keys.join('.').length + 1
  for (const key of keys.toReversed()) {
    column -= key.length
    const keyAt = { file: '--set', line, column }
    node = mapOf(keyAt, [[key, { keyAt, value: node }]])
    column -= 1
  }
  return node
}

function inSet(problem: Problem, { line, column }: Position): Problem {
  return { ...problem, line, column }
}

function refused(line: number, message: string): LoadedYaml {
  const at = { file: '--set', line, column: 1 }
  return { root: undefined, problems: [errorAt(at, [], `${message}, expected a.b=value`)] }
}
