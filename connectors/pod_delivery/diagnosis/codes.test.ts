import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codes } from './codes.ts'
import type { Code } from './codes.ts'
import { deliveryOf, nowOf } from './deliveries_for_tests.ts'
import type { Told } from './deliveries_for_tests.ts'
import { diagnose } from './diagnose.ts'
import { english } from './texts_en.ts'
import { chinese } from './texts_zh.ts'

interface Fixture extends Told {
  readonly code: Code
  /** Where its texts are from. */
  readonly from: string
  readonly subject?: string
}

const dir = join(import.meta.dirname, 'testdata')
const fixtures = readdirSync(dir)
  .filter((file) => file.endsWith('.jsonl'))
  .flatMap((file) => readFileSync(join(dir, file), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line) as Fixture)
const all = Object.keys(codes) as Code[]

describe('diagnose', () => {
  it.each(fixtures.map((fixture) => [fixture.code, fixture.from, fixture] as const))(
    '[3.14] gives %s (%s)',
    (code, _, fixture) => {
      const diagnosis = diagnose(deliveryOf(fixture), nowOf(fixture))
      expect(diagnosis.code).toBe(code)
      if (fixture.subject) expect(diagnosis.subject).toBe(fixture.subject)
      const texts = [diagnosis.sentence, diagnosis.action].flatMap(({ en, zh }) => [en, zh])
      expect(texts.filter((text) => /[{}?[\]|]|undefined/.test(said(text)))).toEqual([])
    },
  )
})

/** A text without what others said in it: behind the colon, and questions that are meant. */
function said(text: string): string {
  return text.replace(/[:：(].*$/s, '').replaceAll(/[^.]*\?$/g, '')
}

describe('the table of codes', () => {
  it('[3.14] has a fixture for every code', () => {
    const shown = new Set(fixtures.map(({ code }) => code))
    expect(all.filter((code) => !shown.has(code))).toEqual([])
  })

  it('[3.14] has more than 30 codes, and the 45 that are promised', () => {
    expect(all.length).toBeGreaterThan(100)
  })

  it('has sentence and action in both languages for every code, and for nothing else', () => {
    expect(Object.keys(english).toSorted()).toEqual(all.toSorted())
    expect(Object.keys(chinese).toSorted()).toEqual(all.toSorted())
    const empty = all.filter((code) => [...english[code], ...chinese[code]].includes(''))
    expect(empty).toEqual([])
  })

  it.each(all)('says the same of %s in both languages', (code) => {
    const names = (text: string): string[] => {
      const found = [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
      return [...new Set(found)].toSorted()
    }
    expect(names(chinese[code][0])).toEqual(names(english[code][0]))
    expect(names(chinese[code][1])).toEqual(names(english[code][1]))
  })
})
