/** One series of a page: `name{a="b"} 1`. */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const HELP = /^# HELP ([a-zA-Z_][a-zA-Z0-9_]*) ([^\n]*)$/
const TYPE = /^# TYPE ([a-zA-Z_][a-zA-Z0-9_]*) (counter|gauge|histogram)$/
/** What the series of a histogram are called beside its name. */
const PART = /_(?:bucket|sum|count)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/y
const SERIES = /^([a-zA-Z_][a-zA-Z0-9_]*)(?:\{(.*)\})? (-?[\d.]+(?:e[+-]?\d+)?|[+-]Inf|NaN)$/

/**
 * Reads a page in Prometheus' text format 0.0.4, strictly: each metric has its help and its type
 * before its series, once, and no series comes twice. Throws with the line that is wrong.
 */
export function parseMetricsPage(text: string): Series[] {
  if (!text.endsWith('\n')) throw new Error('the page does not end with a newline')
  const seen = new Set<string>()
  const all: Series[] = []
  let [helped, current] = ['', '']
  let isHistogram = false
  for (const line of text.slice(0, -1).split('\n')) {
    const help = HELP.exec(line)?.[1]
    const type = TYPE.exec(line)?.[1]
    if (help !== undefined) helped = once(seen, help, line)
    else if (type !== undefined) {
      current = expected(helped, type, line)
      isHistogram = line.endsWith(' histogram')
    } else {
      const series = parseSeries(line)
      expected(current, isHistogram ? series.name.replace(PART, '') : series.name, line)
      once(seen, JSON.stringify([series.name, series.labels]), line)
      all.push(series)
    }
  }
  return all
}

function parseSeries(line: string): Series {
  const [, name = '', inner = '', value = ''] = SERIES.exec(line) ?? bad('no series', line)
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < inner.length) {
    const [, key = '', text = ''] = LABEL.exec(inner) ?? bad('bad labels', line)
    labels[key] = text.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
    if (inner[LABEL.lastIndex] === ',') LABEL.lastIndex++
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

function once(seen: Set<string>, what: string, line: string): string {
  if (seen.has(what)) bad('twice', line)
  seen.add(what)
  return what
}

function expected(wanted: string, found: string, line: string): string {
  if (wanted !== found) bad(`not of "${wanted}"`, line)
  return found
}

function bad(what: string, line: string): never {
  throw new Error(`${what}: ${line}`)
}
