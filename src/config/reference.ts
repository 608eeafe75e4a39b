import { readText } from './read.ts'
import type { ReadFile } from './read.ts'
import { TemplateError, parseTemplate } from './template.ts'
import type { Part } from './template.ts'

/** Where expansions find what they ask for. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readFile: ReadFile
}

/** The text behind a reference. */
export interface Fetched {
  readonly text: string
  /** The file it came from, when it came from one. */
  readonly file?: string
  /** The references in the text are already expanded. */
  readonly done: boolean
}

/** A `${…}`. */
export type Reference = Extract<Part, { kind: 'reference' }>

const maxChain = 100
const maxFetches = 10_000

/**
 * Expands references. One for a document, so that the work for it is bounded; not safe to use
 * again.
 */
export class Fetcher {
  readonly #surroundings: Surroundings
  readonly #unset = new Set<string>()
  #fetches = 0

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  /** The text behind a reference that stands inside those of `chain`. Throws TemplateError. */
  fetch({ inside, raw }: Reference, chain: readonly string[]): Fetched {
    if (chain.includes(raw)) throw new TemplateError(`${raw} contains itself`)
    if (chain.length >= maxChain) throw new TemplateError(`expands more than ${maxChain} deep`)
    if (++this.#fetches > maxFetches) throw new TemplateError(`more than ${maxFetches} expansions`)

    const deeper = [...chain, raw]
    const { name, fallback } = splitDefault(inside)
    const target = this.textOf(name, deeper)
    const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(target) ?? []
    if (scheme === 'file') return this.#file(rest)
    if (scheme === 'yaml') return { text: rest, done: true }
    if (scheme !== undefined && scheme !== 'env')
      throw new TemplateError(unknownScheme(scheme, raw))
    return this.#variable(scheme === undefined ? target : rest, fallback, deeper)
  }

  /** The variables that were asked for and are not set, since the last call. */
  takeUnset(): string[] {
    const names = [...this.#unset]
    this.#unset.clear()
    return names
  }

  /** The parts as one text, every reference expanded. Throws TemplateError. */
  textOf(parts: readonly Part[], chain: readonly string[]): string {
    return parts
      .map((part) => (part.kind === 'text' ? part.text : this.#text(part, chain)))
      .join('')
  }

  #text(reference: Reference, chain: readonly string[]): string {
    const { text, done } = this.fetch(reference, chain)
    return done ? text : this.textOf(parseTemplate(text), [...chain, reference.raw])
  }

  // Most tools write a file with a line end that is no part of the value.
  #file(path: string): Fetched {
    try {
      const text = readText(path, this.#surroundings.readFile).replace(/\r?\n$/, '')
      return { text, file: path, done: false }
    } catch (cause) {
      throw new TemplateError((cause as Error).message, { cause })
    }
  }

  #variable(
    name: string,
    fallback: readonly Part[] | undefined,
    chain: readonly string[],
  ): Fetched {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) throw new TemplateError(invalidName(name))
    const { env } = this.#surroundings
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (value !== undefined) return { text: value, done: false }
    if (fallback) return { text: this.textOf(fallback, chain), done: true }
    this.#unset.add(name)
    return { text: '', done: true }
  }
}

// `:-` parts name and default of a variable; in a path or in YAML it has no meaning.
function splitDefault(parts: readonly Part[]): {
  name: readonly Part[]
  fallback?: readonly Part[]
} {
  const [first] = parts
  if (first?.kind === 'text' && /^(file|yaml):/.test(first.text)) return { name: parts }
  for (const [index, part] of parts.entries()) {
    const split = part.kind === 'text' ? part.text.indexOf(':-') : -1
    if (part.kind !== 'text' || split < 0) continue
    const name = [...parts.slice(0, index), { ...part, text: part.text.slice(0, split) }]
    const fallback = [{ ...part, text: part.text.slice(split + 2) }, ...parts.slice(index + 1)]
    return { name, fallback }
  }
  return { name: parts }
}

function unknownScheme(scheme: string, raw: string): string {
  // What the network brings could change the agent's configuration one value at a time, unseen.
  if (scheme === 'http' || scheme === 'https')
    return `${raw}: a URL can only be given to --config, as a whole configuration`
  return `unknown scheme ${JSON.stringify(scheme)} in ${raw} (known: env, file, yaml)`
}

function invalidName(name: string): string {
  return (
    `environment variable ${JSON.stringify(name)} has an invalid name: ` +
    'letters, digits and "_" are allowed, no digit first'
  )
}
