import type { LossVerdict } from './judge_loss.ts'
import type { Column } from './matrix.ts'
import { EXCHANGES } from './guest/exchanges.ts'

/** The table kernel × feature, in Markdown: nothing in it that was not found out just now. */
export function table(columns: readonly Column[]): string {
  const rows = new Map<string, Map<Column, string>>()
  for (const column of columns) {
    for (const [feature, answer] of cellsOf(column)) {
      const cells = rows.get(feature) ?? new Map<Column, string>()
      rows.set(feature, cells.set(column, answer))
    }
  }
  const head = ['Linux', ...columns.map(nameOf)]
  const lines = [...rows].map(([feature, cells]) => [
    feature,
    ...columns.map((column) => cells.get(column) ?? 'not tried'),
  ])
  return [head, head.map(() => '---'), ...lines].map(line).join('')
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}

/** `5.10.262`, or the series alone where that kernel could not be tried. */
function nameOf(column: Column): string {
  return 'failure' in column ? column.series : column.version
}

function cellsOf(column: Column): [feature: string, answer: string][] {
  if ('failure' in column) return []
  const { preflight, found, verdict, container, loss } = column
  return [
    ...preflight.map(({ feature, answer }): [string, string] => [feature, wordAnswer(answer)]),
    ...found.programs.map(({ object, program, section, verdict: loaded }): [string, string] => [
      `program \`${object}/${program}\` (\`${section}\`) loads`,
      loaded === 'loads' ? 'yes' : loaded === 'refused' ? '**no**' : loaded,
    ]),
    [`${count(EXCHANGES)} HTTP exchanges: right server spans`, count(verdict.server)],
    [`${count(EXCHANGES)} HTTP exchanges: right client spans`, count(verdict.client)],
    ['… both in one trace', count(verdict.joined)],
    ['… of 2,000 spans, with their process', count(verdict.withProcess)],
    [`… of ${verdict.closing} that end with the connection`, count(verdict.closingRight)],
    [
      'CPU, throttling, memory, OOM kills and threads of a container in cgroup v2',
      container.statistics.length === 0 ? 'right' : '**wrong**',
    ],
    ['reads and writes of files in it', container.files.length === 0 ? 'right' : '**wrong**'],
    [
      'round-trip times and retransmits over delay and loss (netem), as ss has them',
      wordLoss(loss),
    ],
  ]
}

function wordLoss({ faults, whileOpen }: LossVerdict): string {
  if (faults.length > 0) return '**wrong**'
  return whileOpen ? 'right' : 'retransmits only'
}

function wordAnswer(answer: string): string {
  if (answer === 'supported') return 'yes'
  return answer === 'not supported' ? '**no**' : '?'
}

function count(number: number): string {
  return number.toLocaleString('en')
}

/** The features of a table and their answers, without the versions above, which change every week. */
export function answersOf(text: string): string[] {
  const lines = text.split('\n').filter((one) => one.startsWith('| '))
  return lines.slice(2)
}
