import { EXCHANGES } from './guest/exchanges.ts'
import type { Column } from './matrix.ts'

/** What a kernel needs to show connections that are open. */
const STORAGE = 'socket-local storage in tracepoints'

/** Whether a kernel runs everything right; what may be refused on it, the receiver decides. */
export function isRight(column: Column): boolean {
  return problemsOf(column).length === 0
}

/** What is wrong on a kernel, worded; empty where nothing is. */
export function problemsOf(column: Column): string[] {
  if ('failure' in column) return [column.failure]
  const { found, preflight, verdict, container, loss } = column
  const problems = verdict.faults.slice(0, 10)
  if (verdict.faults.length > 10) problems.push(`… ${verdict.faults.length} faults in all`)
  if (verdict.joined !== EXCHANGES) problems.push(`${verdict.joined} exchanges in one trace`)
  problems.push(...container.statistics, ...container.files, ...loss.faults)
  const showsOpen = preflight.some(
    ({ feature, answer }) => feature === STORAGE && answer === 'supported',
  )
  if (showsOpen && !loss.whileOpen) problems.push('nothing was told of connections while open')
  if (found.preflight.code !== 0) problems.push(`preflight: ${found.preflight.output}`)
  if (found.client.code !== 0) problems.push(`the client failed: ${found.client.output}`)
  if (found.agent.code !== 0) problems.push(`the agent ended with exit code ${found.agent.code}`)
  if (problems.length > 0) problems.push(`the agent wrote:\n${found.agent.output}`)
  return problems
}

/** What there is to say of a kernel beside the table. */
export function report(column: Column): string {
  const problems = problemsOf(column).map((problem) => `  ${problem}\n`)
  if ('failure' in column) return `Linux ${column.series}: NOT TRIED\n${problems.join('')}`
  const { version, minutes, found } = column
  const refused = found.programs.filter(({ verdict }) => verdict === 'refused')
  const words = refused.map(({ program, error }) => `  refused: ${program}: ${error}\n`)
  const times = Object.entries(found.seconds).map(([part, at]) => `${part} ${Math.round(at)} s`)
  const judgement = problems.length === 0 ? 'right' : 'WRONG'
  const head = `Linux ${version}: ${judgement}, ${minutes.toFixed(1)} min (${times.join(', ')})\n`
  return `${head}${words.join('')}${problems.join('')}`
}
