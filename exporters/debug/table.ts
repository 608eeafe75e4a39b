import { padLeft, padRight, widthOf } from './text.ts'

/**
 * Lines of cells under each other, two blanks between, each line whole.
 * @param lines the head first; all of one length
 * @param words columns of words; those after them are numbers and stand to the right
 */
export function tableText(lines: readonly (readonly string[])[], words: number): string {
  const [head = []] = lines
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => widthOf(line[column] as string))),
  )
  return lines.map((line) => `  ${aligned(line, widths, words)}\n`).join('')
}

function aligned(line: readonly string[], widths: readonly number[], words: number): string {
  const cells = line.map((cell, i) => {
    const width = widths[i] as number
    return i < words ? padRight(cell, width) : padLeft(cell, width)
  })
  return cells.join('  ')
}
