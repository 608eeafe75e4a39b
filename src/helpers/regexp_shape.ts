/**
 * What can be said of a regular expression before it runs. Read are expressions of ASCII characters,
 * classes, groups without repetition and simple repetitions, which is what most people write; of all
 * others nothing is said.
 */
export interface Shape {
  /**
   * The same as a regular expression of JavaScript with the flag `u`, where that takes linear time as
   * well: at each place of the text it tries a bounded number of ways, each of a bounded length, and
   * what has no bound stands where nothing behind it can fail, or the text is tried at its beginning
   * only. Undefined for the others.
   */
  readonly native: string | undefined
  /** Texts that every match has in it, in their order. */
  readonly required: readonly string[]
}

/** At one place of the text: so many ways to match are tried, and so many characters looked at. */
const MAX_WAYS = 32
const MAX_LENGTH = 256

/** Reads an expression that RE2 takes; undefined where it is none of those that can be read. */
export function shapeOf(pattern: string): Shape | undefined {
  try {
    return new ShapeReader(pattern).shape()
  } catch (error) {
    if (error === NOT_READ) return undefined
    throw error
  }
}

const NOT_READ = new Error('not one of these expressions')

interface Part {
  readonly source: string
  readonly ways: number
  /** Characters at most, what has no bound counted with its least number. */
  readonly length: number
  readonly canBeEmpty: boolean
  /** Repetitions without bound. */
  readonly open: number
  /** Whether those are at the very end, where nothing behind them can fail. */
  readonly opensAtEnd: boolean
  readonly required: readonly string[]
}

interface Times {
  readonly least: number
  readonly most: number
}

const ONCE: Times = { least: 1, most: 1 }
const CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\f\\r ',
}
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v' }

class ShapeReader {
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  shape(): Shape {
    const atStart = this.#take('^')
    const part = this.#alternatives()
    const atEnd = this.#take('$')
    // Behind `^` and in front of `$` may stand one sequence: alternatives would take them in.
    if (this.#at < this.#pattern.length || ((atStart || atEnd) && part.isOr)) throw NOT_READ
    const isBounded = part.open === 0 || (part.open === 1 && atStart) || (part.opensAtEnd && !atEnd)
    const isNative =
      isBounded && !part.canBeEmpty && part.ways <= MAX_WAYS && part.length <= MAX_LENGTH
    const source = `${atStart ? '^' : ''}${part.source}${atEnd ? '$' : ''}`
    return { native: isNative ? source : undefined, required: part.required }
  }

  #take(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? ''
  }

  #alternatives(): Part & { readonly isOr: boolean } {
    const parts = [this.#sequence()]
    while (this.#take('|')) parts.push(this.#sequence())
    const [first] = parts as [Part, ...Part[]]
    if (parts.length === 1) return { ...first, isOr: false }
    return {
      source: parts.map(({ source }) => source).join('|'),
      ways: sum(parts.map(({ ways }) => ways)),
      length: sum(parts.map(({ length }) => length)),
      canBeEmpty: parts.some(({ canBeEmpty }) => canBeEmpty),
      open: sum(parts.map(({ open }) => open)),
      opensAtEnd: parts.every(({ open, opensAtEnd }) => open === 0 || opensAtEnd),
      required: [],
      isOr: true,
    }
  }

  #sequence(): Part {
    let [source, ways, length, open] = ['', 1, 0, 0]
    let [canBeEmpty, opensAtEnd] = [true, true]
    const required: string[] = []
    let literal = ''
    while (!['', '|', ')', '$'].includes(this.#peek())) {
      const part = this.#repeated()
      if (part.literal === undefined) {
        if (literal !== '') required.push(literal)
        literal = ''
        required.push(...part.required)
      } else literal += part.literal
      source += part.source
      ways *= part.ways
      length += part.length
      // What stands behind something open can fail, and then that is tried again.
      opensAtEnd = open === 0 && part.opensAtEnd
      open += part.open
      canBeEmpty &&= part.canBeEmpty
    }
    if (literal !== '') required.push(literal)
    return { source, ways, length, canBeEmpty, open, opensAtEnd, required }
  }

  /** One thing with its repetition; `literal` where it is one character, once. */
  #repeated(): Part & { readonly literal: string | undefined } {
    if (this.#peek() === '(') return { ...this.#group(), literal: undefined }
    const { set, literal } = this.#character()
    const times = this.#times()
    const { least, most } = times
    const isOpen = most === Infinity
    return {
      source: set + written(times),
      ways: isOpen ? 1 : most - least + 1,
      length: isOpen ? least + 1 : most,
      canBeEmpty: least === 0,
      open: isOpen ? 1 : 0,
      opensAtEnd: true,
      required: literal !== undefined && least > 0 && times !== ONCE ? [literal] : [],
      literal: times === ONCE ? literal : undefined,
    }
  }

  #group(): Part {
    const start = /^\((?:\?:|\?P?<[A-Za-z_]\w*>)?(?!\?)/.exec(this.#pattern.slice(this.#at))
    if (!start) throw NOT_READ
    this.#at += start[0].length
    const inner = this.#alternatives()
    if (!this.#take(')')) throw NOT_READ
    const isPlain = start[0] === '(?:'
    const source = `(${isPlain ? '?:' : ''}${inner.source})`
    const times = this.#times()
    if (times === ONCE) return { ...inner, source }
    // What is empty inside of a repetition is not the same for both engines.
    if (times.least !== 0 || times.most !== 1 || inner.canBeEmpty) throw NOT_READ
    return { ...inner, source: `${source}?`, ways: inner.ways + 1, canBeEmpty: true, required: [] }
  }

  #times(): Times {
    const found = /^(?:[?*+]|\{(\d+)(,(\d*))?\})/.exec(this.#pattern.slice(this.#at, this.#at + 16))
    if (!found) {
      if (this.#peek() === '{') throw NOT_READ
      return ONCE
    }
    this.#at += found[0].length
    // A lazy repetition is another thing.
    if (['?', '*', '+', '{'].includes(this.#peek())) throw NOT_READ
    const [sign, least, comma, most] = found
    if (sign === '?') return { least: 0, most: 1 }
    if (sign === '*') return { least: 0, most: Infinity }
    if (sign === '+') return { least: 1, most: Infinity }
    const from = Number(least)
    if (comma === undefined) return { least: from, most: from }
    return { least: from, most: most === '' ? Infinity : Number(most) }
  }

  #character(): { readonly set: string; readonly literal?: string } {
    const char = this.#next()
    if (char === '[') return { set: this.#class() }
    // All but the end of a line: JavaScript knows more of these than RE2.
    if (char === '.') return { set: '[^\\n]' }
    if (char !== '\\') {
      if ('^*+?{}]'.includes(char)) throw NOT_READ
      return { set: escaped(char), literal: char }
    }
    const name = this.#next()
    const set = CLASSES[name.toLowerCase()]
    if (set !== undefined) return { set: `[${name === name.toLowerCase() ? '' : '^'}${set}]` }
    const literal = this.#escape(name)
    return { set: escaped(literal), literal }
  }

  #class(): string {
    let set = this.#take('^') ? '[^' : '['
    if (this.#peek() === ']') throw NOT_READ
    while (!this.#take(']')) {
      const from = this.#member()
      if (this.#peek() !== '-' || this.#pattern[this.#at + 1] === ']') set += from.set
      else {
        this.#at++
        const to = this.#member()
        if (from.char === undefined || to.char === undefined) throw NOT_READ
        set += `${from.set}-${to.set}`
      }
    }
    return `${set}]`
  }

  #member(): { readonly set: string; readonly char?: string } {
    const char = this.#next()
    if (char === '[') throw NOT_READ
    if (char !== '\\') return { set: escaped(char), char }
    const name = this.#next()
    const set = CLASSES[name]
    if (set !== undefined) return { set }
    const literal = this.#escape(name)
    return { set: escaped(literal), char: literal }
  }

  /** What `\` and this character stand for. */
  #escape(name: string): string {
    const control = CONTROLS[name]
    if (control !== undefined) return control
    if (/[A-Za-z0-9]/.test(name)) throw NOT_READ
    return name
  }

  #next(): string {
    const char = this.#peek()
    if (char === '' || char > '~') throw NOT_READ
    this.#at++
    return char
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** A character as both inside and outside of a class. */
function escaped(char: string): string {
  if (/[A-Za-z0-9]/.test(char)) return char
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
}

function written(times: Times): string {
  if (times === ONCE) return ''
  const { least, most } = times
  return `{${least},${most === Infinity ? '' : most}}`
}
