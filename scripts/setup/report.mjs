// What set-up says: one line for each thing done, and failures as text for people.

/** Something that set-up cannot do, in words that need no stack trace. */
export class SetupError extends Error {}

/** Prints one line. */
export function say(text) {
  process.stdout.write(`setup: ${text}\n`)
}

/** The time since then, `3.1 s`. */
export function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
}

/** Lines of a program's output, indented, for a message. */
export function indented(lines) {
  return lines.map((line) => `  ${line}`).join('\n')
}

/** The end of a program's output, indented, for a message. */
export function lastLines(text, count = 12) {
  return indented(text.trimEnd().split('\n').slice(-count))
}
