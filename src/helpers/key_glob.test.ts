import { expect, it } from 'vitest'
import { globFault, KeyGlobs } from './key_glob.ts'

it.each([
  ['k8s.*.name', ['k8s.pod.name', 'k8s..name'], ['k8s.pod.label.name', 'k8s.name', 'xk8s.a.name']],
  ['db.**.name', ['db.a.name', 'db.a.b.name', 'db.\n.name'], ['db.name']],
  ['a?c', ['abc'], ['a.c', 'ac']],
  ['[a-c]x', ['ax', 'cx'], ['dx', 'x']],
  ['[!a-c]x', ['dx'], ['ax']],
  ['{db,rpc.{a,b}}.x', ['db.x', 'rpc.a.x', 'rpc.b.x'], ['rpc.x', 'db,x']],
  ['a\\*', ['a*'], ['ab']],
  ['a+(b)$', ['a+(b)$'], ['aab']],
  ['a,b', ['a,b'], ['a']],
])('the pattern %s is that of some keys and not of others', (glob, is, isNot) => {
  const globs = new KeyGlobs([glob])
  for (const key of is) expect([key, globs.matches(key)]).toEqual([key, true])
  // The second time from memory.
  for (const key of [...isNot, ...isNot]) expect([key, globs.matches(key)]).toEqual([key, false])
})

it('a pattern with braces that do not close is wrong, and says so', () => {
  const message = (glob: string): string =>
    `expected a pattern with a "}" for each "{", received "${glob}"`
  expect([globFault('a.{b'), globFault('a}'), globFault('{a,b}')]).toEqual([
    message('a.{b'),
    message('a}'),
    undefined,
  ])
})
