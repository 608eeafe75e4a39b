import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'

/** One line of a benchmark's result. */
export interface Figure {
  /** What was measured, as in the table of section 9 of the design where it stands there. */
  readonly what: string
  readonly value: string
  /** What must be reached, and what should be; empty where nothing is asked. */
  readonly bar?: string
  readonly goal?: string
  /** What it was compared with in the same run. */
  readonly baseline?: string
}

const HEAD = ['what', 'value', 'bar', 'goal', 'baseline', 'machine', 'date']
const RESULTS = new URL('RESULTS.md', import.meta.url)
const INTRO = `# Results

Appended by the benchmarks when they run with \`--record\`. Ratios are against a baseline measured in
the same run, alternated with it. Other machines give other figures: compare within a row.

`

/** The middle value; the mean of the middle two of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[half] as number
  return ((sorted[half - 1] as number) + (sorted[half] as number)) / 2
}

/** `0.931 (0.918 to 0.944, n = 7)`: the median, the extremes, and how many there were. */
export function spreadText(values: readonly number[], digits = 3): string {
  const [low, mid, high] = [Math.min(...values), median(values), Math.max(...values)]
  const text = (value: number) => value.toFixed(digits)
  return `${text(mid)} (${text(low)} to ${text(high)}, n = ${values.length})`
}

/** This machine in a few words: CPU, number of CPUs, kernel, Node.js. */
export function machine(): string {
  const all = cpus()
  const model = all[0]?.model.replace(/\s+/g, ' ').trim() ?? 'unknown CPU'
  return `${all.length} × ${model}, Linux ${release()}, Node ${process.versions.node}`
}

/** Records of one exchange, with both of its ends on this machine. */
export const RECORDS_PER_REQUEST = 2

/** Says so when the programs saw other traffic than the load's: such a run measures nothing. */
export function warnOfStrangers(records: number, requests: number): void {
  const perRequest = records / requests
  if (Math.abs(perRequest / RECORDS_PER_REQUEST - 1) < 0.02) return
  process.stdout.write(
    `  ${perRequest.toFixed(3)} records per request instead of ${RECORDS_PER_REQUEST}: ` +
      'something else speaks HTTP on this machine, or records were missed\n',
  )
}

/** Says so when the baseline itself moved by more than a quarter from round to round. */
export function warnOfNoise(baselines: readonly number[]): void {
  const factor = Math.max(...baselines) / Math.min(...baselines)
  if (factor < 1.25) return
  process.stdout.write(
    `The baseline varied by a factor of ${factor.toFixed(2)}: the machine is not quiet, repeat this.\n`,
  )
}

/** Prints figures as a table and, when asked, appends them to RESULTS.md. */
export function report(title: string, figures: readonly Figure[], record: boolean): void {
  const now = new Date()
  const rows = figures.map((figure) => [
    figure.what,
    figure.value,
    figure.bar ?? '',
    figure.goal ?? '',
    figure.baseline ?? '',
    machine(),
    now.toISOString().slice(0, 10),
  ])
  const text = `## ${title}\n\n${table([HEAD, ...rows])}\n`
  process.stdout.write(`\n${text}`)
  if (!record) return
  if (!existsSync(RESULTS)) writeFileSync(RESULTS, INTRO)
  const gap = readFileSync(RESULTS, 'utf8').endsWith('\n\n') ? '' : '\n'
  appendFileSync(RESULTS, gap + text)
}

function table([head, ...rows]: readonly (readonly string[])[]): string {
  const widths = head!.map((_, i) => Math.max(...[head!, ...rows].map((row) => row[i]!.length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] as number)).join(' | ')} |\n`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`
  return line(head!) + rule + rows.map(line).join('')
}
