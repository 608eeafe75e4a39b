import type { Localised } from '../../../src/helpers/delivery/model.ts'
import type { Code } from './codes.ts'
import { english } from './texts_en.ts'
import { chinese } from './texts_zh.ts'

/**
 * A sentence and an action for every code. `{name}` is filled in; what is in `[…]` is left out where
 * one of its values is not known, and what follows `|` in it taken instead.
 */
export type Texts = Readonly<Record<Code, readonly [sentence: string, action: string]>>

/** The values of a text. Counts and times are written as each language does. */
export interface Values {
  readonly words: Readonly<Record<string, string>>
  /** For `{times}`. */
  readonly times: number
  /** For `{last}`; 0 where it is not known. */
  readonly lastMs: number
  /** For `{took}`. */
  readonly tookMs: number
}

/** Sentence and action of a code. */
export function textsOf(code: Code, values: Values): { sentence: Localised; action: Localised } {
  const [sentenceEn, actionEn] = english[code]
  const [sentenceZh, actionZh] = chinese[code]
  return {
    sentence: filled({ en: sentenceEn, zh: sentenceZh }, values),
    action: filled({ en: actionEn, zh: actionZh }, values),
  }
}

/** A text, filled in in each language. */
export function filled({ en, zh }: Localised, values: Values): Localised {
  return {
    en: fill(en, { ...values.words, ...englishNumbers(values) }),
    zh: fill(zh, { ...values.words, ...chineseNumbers(values) }),
  }
}

/** What is added when it is over: it only took time. */
export function overText(values: Values): Localised {
  return {
    en: ` It is over; it took ${englishNumbers(values)['took']}.`,
    zh: `现已恢复,耽误了 ${chineseNumbers(values)['took']}。`,
  }
}

/** Fills a text. A value that is not known outside of `[…]` is shown as `?`. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  const value = (name: string): string => (Object.hasOwn(values, name) ? values[name]! : '')
  const names = (part: string): string[] =>
    [...part.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
  const optional = text.replaceAll(/\[([^\]|]*)(?:\|([^\]]*))?\]/g, (_, part: string, other = '') =>
    names(part).every((name) => value(name) !== '') ? part : other,
  )
  const filled = optional.replaceAll(/\{(\w+)\}/g, (_, name: string) => value(name) || '?')
  return filled.replaceAll(/\.\.(?=\s|$)/g, '.').replaceAll(/[.。]。/g, '。')
}

function englishNumbers({ times, lastMs, tookMs }: Values): Record<string, string> {
  const took = duration(tookMs, [' h', ' min', ' s'], ' ')
  return { times: times === 1 ? 'once' : `${times} times`, last: clock(lastMs, ' UTC'), took }
}

function chineseNumbers({ times, lastMs, tookMs }: Values): Record<string, string> {
  const took = duration(tookMs, [' 小时', ' 分', ' 秒'], ' ')
  return { times: `${times} 次`, last: clock(lastMs, '(UTC)'), took }
}

function clock(timeMs: number, zone: string): string {
  return timeMs > 0 ? `${new Date(timeMs).toISOString().slice(11, 19)}${zone}` : ''
}

/** `1 h 5 min`, `3 min 20 s`, `4.2 s`: two units at most. */
function duration(ms: number, units: readonly [string, string, string], between: string): string {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1000).toFixed(1)}${units[2]}`
  const seconds = Math.round(ms / 1000)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const first = parts.findIndex((part) => part > 0)
  const shown = parts.slice(first, first + 2).map((part, i) => [part, units[first + i]!] as const)
  return shown
    .filter(([part]) => part > 0)
    .map(([part, unit]) => `${part}${unit}`)
    .join(between)
}
