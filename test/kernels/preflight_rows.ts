/** A line of what `waggle preflight` prints. */
export interface PreflightRow {
  readonly feature: string
  /** `supported`, `not supported` or `could not tell`. */
  readonly answer: string
}

/** Reads the table by the places of its heads; lines of advice under a row begin with blanks. */
export function preflightRows(text: string): PreflightRow[] {
  const [head = '', ...lines] = text.split('\n')
  const [answerAt, neededAt] = [head.indexOf('ANSWER'), head.indexOf('NEEDED BY')]
  if (answerAt < 0 || neededAt < 0) throw new Error(`preflight printed no table:\n${text}`)
  const rows = lines.filter((line) => line !== '' && !line.startsWith(' '))
  return rows.map((line) => ({
    feature: line.slice(0, answerAt).trim(),
    answer: line.slice(answerAt, neededAt).trim(),
  }))
}
