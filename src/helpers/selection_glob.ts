import { z } from 'zod'

/** A pattern: `*` stands for anything but a slash, `**` for anything, `?` for one character. */
export class Glob {
  readonly text: string
  readonly #whole: RegExp
  readonly #below: RegExp

  constructor(text: string) {
    const source = text.replaceAll(/\*\*|[*?]|[^*?]+/g, (part) => WILD[part] ?? literal(part))
    this.text = text
    this.#whole = new RegExp(`^${source}$`, 's')
    this.#below = new RegExp(`^${source}(?:/|$)`, 's')
  }

  /** Whether the whole text is as the pattern says. */
  matches(text: string): boolean {
    return this.#whole.test(text)
  }

  /** Whether the path is, or one that it lies below. */
  holds(path: string): boolean {
    return this.#below.test(path)
  }
}

const WILD: Readonly<Record<string, string>> = { '**': '.*', '*': '[^/]*', '?': '[^/]' }

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

/** A pattern in a configuration. */
export function glob(): z.ZodCodec<z.ZodString, z.ZodCustom<Glob, Glob>> {
  const codec = z.codec(z.string().min(1), z.custom<Glob>(), {
    decode: (text) => new Glob(text),
    encode: ({ text }) => text,
  })
  return codec.meta({ label: 'pattern' })
}
