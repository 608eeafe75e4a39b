/** Signs that take two columns of a terminal: those of East Asia (Unicode UAX #11, W and F). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/gu
/** What a terminal would obey instead of showing it. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g

/** Columns that a text takes. */
export function width(text: string): number {
  return text.length + (text.match(WIDE)?.length ?? 0)
}

/** A text without what would steer a terminal. */
export function harmless(text: string): string {
  return text.replaceAll(CONTROLS, ' ')
}

/** A text with blanks behind it, `columns` wide. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}

/** A text, or as much of it as fits. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let kept = ''
  for (const sign of text) {
    if (width(kept + sign) >= columns) break
    kept += sign
  }
  return `${kept}…`
}

/** A text, or as much of its end as fits. */
export function endOf(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let kept = ''
  for (const sign of [...text].toReversed()) {
    if (width(sign + kept) >= columns) break
    kept = sign + kept
  }
  return `…${kept}`
}

/** A text on as many lines as it needs, each behind `indent`. Chinese is broken anywhere. */
export function wrapped(text: string, columns: number, indent: string): string[] {
  const room = columns - indent.length
  const lines: string[] = []
  let line = ''
  for (const part of parts(text)) {
    if (line !== '' && width(line + part.trimEnd()) > room) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += line === '' ? part.trimStart() : part
  }
  return [...lines, line.trimEnd()].filter((one) => one !== '').map((one) => indent + one)
}

/** Where a line may be broken: behind blanks and wide signs. */
function parts(text: string): string[] {
  return text.match(/[^\s\u2e80-\uffef]+\s*|[\u2e80-\uffef]\s*|\s+/gu) ?? []
}
