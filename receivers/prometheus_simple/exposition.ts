/** What a page says of a metric before its samples. */
export interface Family {
  readonly name: string
  type: FamilyType
  help: string
  unit: string
}

/** The types of both formats. */
export const FAMILY_TYPES = [
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'unknown',
  'info',
  'stateset',
] as const
/** One of the types of both formats; `untyped` is `unknown`. */
export type FamilyType = (typeof FAMILY_TYPES)[number]

/** An example of a measurement. */
export interface ExemplarLine {
  readonly labels: readonly string[]
  readonly value: number
  /** Milliseconds since 1970, with fractions. */
  readonly timeMs: number | undefined
}

/** One line with a value. */
export interface Sample {
  readonly name: string
  /** Names and values in turn, as they stand there. */
  readonly labels: readonly string[]
  readonly value: number
  /** Milliseconds since 1970, with fractions. */
  readonly timeMs: number | undefined
  readonly exemplar: ExemplarLine | undefined
}

/** Both formats that are read. */
export type TextFormat = 'text' | 'openmetrics'

/** What is told while a page is read. */
export interface PageReader {
  family(name: string): Family
  sample(sample: Sample): void
}

/** Where a page is wrong, in its own words. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError'

  constructor(line: number, column: number, expected: string, found: string) {
    super(`line ${line}, column ${column}: expected ${expected}, found ${shown(found)}`)
  }
}

/** So much of what was found is told. */
const SHOWN = 40

function shown(text: string): string {
  if (text === '') return 'the end of the line'
  const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
  return JSON.stringify(cut)
}

/**
 * Reads a page of Prometheus' text format 0.0.4 or of OpenMetrics 1.0
 * (https://prometheus.io/docs/instrumenting/exposition_formats/), in time linear in its length. Names in
 * quotes, as Prometheus 3 has them, are taken in both. Throws ExpositionError.
 */
export function readPage(text: string, format: TextFormat, reader: PageReader): void {
  let line = 0
  let at = 0
  while (at < text.length) {
    line++
    let end = text.indexOf('\n', at)
    if (end < 0) {
      if (format === 'openmetrics' && text.slice(at) !== '# EOF') {
        throw new ExpositionError(line, text.length - at + 1, 'a line break', '')
      }
      end = text.length
    }
    if (new LineReader(text, at, end, line, format).read(reader)) {
      if (end + 1 < text.length)
        throw new ExpositionError(line + 1, 1, 'nothing', text.slice(end + 1))
      return
    }
    at = end + 1
  }
  if (format === 'openmetrics') throw new ExpositionError(line + 1, 1, '# EOF', '')
}

const TAB = 9
const SPACE = 32
const QUOTE = 34
const HASH = 35
const COMMA = 44
const EQUALS = 61
const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125

/** Reads one line. */
class LineReader {
  readonly #text: string
  readonly #start: number
  readonly #end: number
  readonly #line: number
  readonly #format: TextFormat
  #at: number
  #quotedName = ''

  constructor(text: string, start: number, end: number, line: number, format: TextFormat) {
    this.#text = text
    this.#start = start
    // Pages of Windows programs end lines with two characters.
    this.#end = text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end
    this.#line = line
    this.#format = format
    this.#at = start
  }

  /** True for the line that ends the page. */
  read(reader: PageReader): boolean {
    this.#blanks()
    if (this.#at === this.#end) return false
    if (this.#text.charCodeAt(this.#at) === HASH) return this.#comment(reader)
    reader.sample(this.#sample())
    return false
  }

  #comment(reader: PageReader): boolean {
    this.#at++
    this.#blanks()
    const keyword = this.#word()
    if (keyword === 'EOF' && this.#format === 'openmetrics') return true
    if (keyword !== 'HELP' && keyword !== 'TYPE' && keyword !== 'UNIT') return false
    this.#blanks()
    const name = this.#code() === QUOTE ? this.#quoted() : this.#metricName()
    if (this.#at < this.#end) this.#at++
    const rest = this.#text.slice(this.#at, this.#end)
    const family = reader.family(name)
    if (keyword === 'TYPE') family.type = this.#type(rest.trim())
    else if (keyword === 'HELP') family.help = unescaped(rest)
    else family.unit = rest.trim()
    return false
  }

  #type(text: string): FamilyType {
    const word = text === 'untyped' ? 'unknown' : text
    if ((FAMILY_TYPES as readonly string[]).includes(word)) return word as FamilyType
    throw this.#fault(`a type (${FAMILY_TYPES.join(', ')})`)
  }

  #sample(): Sample {
    this.#quotedName = ''
    let name = this.#code() === OPEN ? '' : this.#metricName()
    this.#blanks()
    const labels = this.#code() === OPEN ? this.#labels(name === '') : NO_LABELS
    name ||= this.#quotedName
    if (name === '') throw this.#fault('the name of a metric in quotes')
    const value = this.#number('a number')
    const timeMs = this.#time()
    this.#blanks()
    const exemplar = this.#code() === HASH ? this.#exemplar() : undefined
    this.#blanks()
    if (this.#at < this.#end) throw this.#fault('the end of the line')
    return { name, labels, value, timeMs, exemplar }
  }

  #exemplar(): ExemplarLine {
    this.#at++
    this.#blanks()
    if (this.#code() !== OPEN) throw this.#fault('"{" of an exemplar')
    const labels = this.#labels(false)
    const value = this.#number("an exemplar's number")
    return { labels, value, timeMs: this.#time() }
  }

  #time(): number | undefined {
    this.#blanks()
    const code = this.#code()
    if (this.#at === this.#end || code === HASH) return undefined
    const time = this.#number('a time')
    if (!Number.isFinite(time)) throw this.#fault('a time')
    return this.#format === 'openmetrics' ? time * 1_000 : time
  }

  #labels(mayName: boolean): readonly string[] {
    this.#at++
    const labels: string[] = []
    for (;;) {
      this.#blanks()
      if (this.#code() === CLOSE) break
      const isQuoted = this.#code() === QUOTE
      const name = isQuoted ? this.#quoted() : this.#labelName()
      this.#blanks()
      if (isQuoted && mayName && this.#code() !== EQUALS && this.#quotedName === '') {
        this.#quotedName = name
      } else {
        if (this.#code() !== EQUALS) throw this.#fault('"="')
        this.#at++
        this.#blanks()
        if (this.#code() !== QUOTE) throw this.#fault('a value in quotes')
        labels.push(name, this.#quoted())
        this.#blanks()
      }
      if (this.#code() === COMMA) this.#at++
      else if (this.#code() !== CLOSE) throw this.#fault('"," or "}"')
    }
    this.#at++
    return labels
  }

  #metricName(): string {
    return this.#name(true, 'the name of a metric')
  }

  #labelName(): string {
    return this.#name(false, 'the name of a label or "}"')
  }

  #name(colon: boolean, expected: string): string {
    const from = this.#at
    while (this.#at < this.#end && isNameCode(this.#code(), this.#at > from, colon)) this.#at++
    if (this.#at === from) throw this.#fault(expected)
    return this.#text.slice(from, this.#at)
  }

  #quoted(): string {
    const from = ++this.#at
    let escaped = false
    for (; this.#at < this.#end; this.#at++) {
      const code = this.#code()
      if (code === QUOTE) {
        const text = this.#text.slice(from, this.#at++)
        return escaped ? unescaped(text) : text
      }
      if (code !== BACKSLASH) continue
      escaped = true
      this.#at++
    }
    this.#at = Math.min(this.#at, this.#end)
    throw this.#fault('a quote that ends the text')
  }

  #number(expected: string): number {
    this.#blanks()
    const from = this.#at
    const text = this.#word()
    const value = numberOf(text)
    if (value !== undefined) return value
    this.#at = from
    throw this.#fault(expected)
  }

  #word(): string {
    const from = this.#at
    while (this.#at < this.#end && !isBlank(this.#code())) this.#at++
    return this.#text.slice(from, this.#at)
  }

  #blanks(): void {
    while (this.#at < this.#end && isBlank(this.#code())) this.#at++
  }

  #code(): number {
    return this.#at < this.#end ? this.#text.charCodeAt(this.#at) : -1
  }

  #fault(expected: string): ExpositionError {
    const found = this.#text.slice(this.#at, Math.min(this.#end, this.#at + SHOWN + 1))
    return new ExpositionError(this.#line, this.#at - this.#start + 1, expected, found)
  }
}

const NO_LABELS: readonly string[] = []

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

function isNameCode(code: number, inside: boolean, colon: boolean): boolean {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95) return true
  return (inside && code >= 48 && code <= 57) || (colon && code === 58)
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const WORDS: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-infinity', -Infinity],
])

/** A value as both formats write it; undefined for what is none. */
export function numberOf(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text)
  return WORDS.get(text.toLowerCase())
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replaceAll(/\\(.)/gs, (_, what: string) => (what === 'n' ? '\n' : what))
}
