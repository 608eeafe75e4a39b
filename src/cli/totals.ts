import type { ComponentCounters } from '../telemetry/counters.ts'

/**
 * What became of everything that was seen, a line for each component:
 *
 *     waggle: totals
 *       component                   seen  handed on  dropped
 *       receiver/ebpf_http         1,000        990  10 (ring_full 10)
 *       processor/batch in traces    990        990  0
 *       connector/request_metrics    990        990  0, made 12
 */
export function totalsText(all: readonly ComponentCounters[]): string {
  const rows = passed(all).map((counters) => [
    nameOf(counters),
    number(counters.in),
    number(counters.out),
    droppedText(counters.dropped) + madeText(counters),
  ])
  const table = [['component', 'seen', 'handed on', 'dropped'], ...rows]
  const widths = [0, 1, 2].map((n) => Math.max(...table.map((row) => row[n]!.length)))
  const lines = table.map(([name, seen, out, dropped]) => {
    const numbers = `${seen!.padStart(widths[1]!)}  ${out!.padStart(widths[2]!)}`
    return `  ${name!.padEnd(widths[0]!)}  ${numbers}  ${dropped}\n`
  })
  return `waggle: totals\n${lines.join('')}`
}

/** The same for machines. */
export function totalsFields(all: readonly ComponentCounters[]): object[] {
  return passed(all).map((counters) => ({
    component: counters.component,
    ...(counters.pipeline && { pipeline: counters.pipeline }),
    in: counters.in,
    out: counters.out,
    dropped: Object.fromEntries(counters.dropped),
    ...(counters.made !== undefined && {
      made: counters.made,
      refused: Object.fromEntries(counters.refused),
    }),
  }))
}

const ROLES = ['receiver', 'processor', 'connector', 'exporter', 'extension']

/** In the order in which items pass them. Extensions see none. */
function passed(all: readonly ComponentCounters[]): ComponentCounters[] {
  const place = ({ component }: ComponentCounters) => ROLES.indexOf(component.split('/')[0] ?? '')
  return all.filter(counts).toSorted((a, b) => place(a) - place(b))
}

function counts({ component, in: seen }: ComponentCounters): boolean {
  return seen > 0 || !component.startsWith('extension/')
}

function nameOf({ component, pipeline }: ComponentCounters): string {
  return pipeline === '' ? component : `${component} in ${pipeline}`
}

/** What an aggregating component made of what it has counted, and what of that nobody took. */
function madeText({ made, refused }: ComponentCounters): string {
  if (made === undefined) return ''
  const text = `, made ${number(made)}`
  return refused.size === 0 ? text : `${text}, refused ${droppedText(refused)}`
}

function droppedText(dropped: ReadonlyMap<string, number>): string {
  if (dropped.size === 0) return '0'
  const sum = [...dropped.values()].reduce((total, items) => total + items, 0)
  const reasons = [...dropped].map(([reason, items]) => `${reason} ${number(items)}`)
  return `${number(sum)} (${reasons.join(', ')})`
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
