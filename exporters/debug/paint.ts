/** `debug.color`. */
export type ColorMode = 'auto' | 'always' | 'never'

/** The colours in use, by what they mean. */
export type Ink = 'faint' | 'good' | 'warning' | 'bad' | 'server' | 'client'

/** Puts colour on text, or leaves it alone. */
export type Paint = (ink: Ink, text: string) => string

// ECMA-48 "select graphic rendition"
const CODES: Record<Ink, number> = {
  faint: 2,
  good: 32,
  warning: 33,
  bad: 31,
  server: 36,
  client: 35,
}

/** Leaves text as it is. */
export const noPaint: Paint = (_ink, text) => text

/** Puts colour on text. */
export const ansiPaint: Paint = (ink, text) => `\x1b[${CODES[ink]}m${text}\x1b[0m`

/**
 * The paint for an output: `auto` is colour on a terminal unless NO_COLOR is set to anything but
 * the empty text (https://no-color.org).
 */
export function paintFor(mode: ColorMode, isTerminal: boolean, env: NodeJS.ProcessEnv): Paint {
  if (mode === 'always') return ansiPaint
  if (mode === 'never' || !isTerminal || env['NO_COLOR']) return noPaint
  return ansiPaint
}
