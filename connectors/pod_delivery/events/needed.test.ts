import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { seeded } from '../diagnosis/random_for_tests.ts'
import { Followed, recorded, recordLike } from '../followed_for_tests.ts'
import { EMPTIED, type Outline, outlineScan, REST } from './json_outline.ts'
import { neededOf } from './needed.ts'

// Long after the logs were written.
beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2027, 0) }))
afterEach(() => void vi.useRealTimers())

const VERSION = 'v1.36.3'
const scenarios = readdirSync(
  new URL(`../../../test/kubernetes/recorded/${VERSION}`, import.meta.url),
).map((name) => name.replace('.jsonl', ''))

const INNER = { env: EMPTIED, list: [{ env: EMPTIED, text: EMPTIED }] } satisfies Outline
const OUTLINE = { env: EMPTIED, a: INNER, b: { a: INNER, list: REST } } satisfies Outline
const SCAN = outlineScan(OUTLINE)

/** The value without what its outline says, by the parsed values. */
function without(value: unknown, outline: Outline | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (outline === EMPTIED) return Array.isArray(value) ? [] : {}
  if (Array.isArray(value)) {
    return value.map((item) => without(item, isList(outline) ? outline[0] : undefined))
  }
  const inner = typeof outline === 'object' && !isList(outline) ? outline : {}
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      without(one, Object.hasOwn(inner, key) ? inner[key] : undefined),
    ]),
  )
}

function isList(outline: Outline | undefined): outline is readonly [Outline] {
  return Array.isArray(outline)
}

/** Texts that look like what stands around them, and characters of more bytes than one. */
const TEXTS = ['', 'x', '"env":[', '],"a', '}]},"b', '\\', '\\"', '字', '😀', ' ', '\n', '{', '[[']
const KEYS = ['env', 'a', 'b', 'list', 'text', 'é', 'x],"y']

function made(random: (limit: number) => number, depth: number): unknown {
  const kind = random(depth > 4 ? 2 : 5)
  if (kind === 0) return [null, true, -1.5e3, 0][random(4)]
  if (kind === 1) return Array.from({ length: random(4) }, () => TEXTS[random(13)]).join('')
  const items = Array.from({ length: random(5) }, () => made(random, depth + 1))
  if (kind === 2) return items
  return Object.fromEntries(items.map((item) => [KEYS[random(7)] as string, item]))
}

describe('neededOf', () => {
  it('leaves out nothing but what the outline says, whatever the text', () => {
    const random = seeded(7)
    let cut = 0
    for (let i = 0; i < 20_000; i++) {
      const value = { a: made(random, 1), b: made(random, 1), env: made(random, 1) }
      const json = JSON.stringify(value, null, random(3))
      const needed = neededOf(json, SCAN)
      if (needed !== json) cut++
      expect(without(JSON.parse(needed), OUTLINE)).toEqual(without(value, OUTLINE))
    }
    expect(cut).toBeGreaterThan(5_000)
  })

  it('makes no text of JSON of what is none', () => {
    const json = JSON.stringify({ a: { env: ['a variable that is long enough'] }, b: 'text' })
    for (let length = 1; length < json.length; length++) {
      expect(() => JSON.parse(neededOf(json.slice(0, length), SCAN)) as unknown).toThrow(
        SyntaxError,
      )
    }
    const [head, tail] = ['{"env":{"a":"a text that is long enough"', ',"b":1}']
    expect(() => JSON.parse(neededOf(`${head}]${tail}`, SCAN)) as unknown).toThrow(SyntaxError)
  })

  it('leaves out what is large', () => {
    const value = { a: { list: [{ env: Array.from({ length: 100 }, (_, i) => ({ name: i })) }] } }
    expect(neededOf(JSON.stringify(value), SCAN)).toBe('{"a":{"list":[{"env":[]}]}}')
  })

  it.each(scenarios)('makes the same of %s as the whole does', (scenario) => {
    const lines = recorded(scenario, VERSION)
    const [part, whole] = [lines, lines.map((line) => JSON.parse(line) as object)].map((bodies) => {
      const followed = new Followed()
      for (const [i, body] of bodies.entries()) {
        const { objectRef } = JSON.parse(lines[i] as string) as { objectRef: { resource: string } }
        const attributes = { 'k8s.audit.resource': objectRef.resource }
        const { timeNs } = recordLike(lines[i] as string)
        followed.take([body as never], { attributes, timeNs })
      }
      const { spans, records } = followed.end()
      return { spans, records }
    })
    expect(part).toEqual(whole)
  })
})
