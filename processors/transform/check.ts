import type { z } from 'zod'
import {
  compileCondition,
  compileStatement,
  type Context,
  problemsIn,
  SIGNAL_CONTEXTS,
} from '../../src/ottl/index.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import { contextOf, KEYS, type Stage, type Statements, stagesOf } from './stages.ts'

type Report = (path: readonly (string | number)[], message: string) => void

/** Reports statements and conditions that cannot be taken, each at its place. */
export function reportFaults(config: Statements, ctx: z.RefinementCtx): void {
  const report: Report = (path, message) =>
    ctx.addIssue({ code: 'custom', path: [...path], message })
  for (const signal of Object.keys(KEYS) as Signal[]) {
    for (const stage of stagesOf(config, signal)) reportStage(stage, report)
  }
}

function reportStage(stage: Stage, report: Report): void {
  const { signal, path, conditions, statements } = stage
  let context: Context = 'resource'
  const problem = problemsIn(() => (context = contextOf(stage)))
  if (problem !== undefined) return report(path, problem)
  if (!SIGNAL_CONTEXTS[signal].includes(context)) {
    const known = SIGNAL_CONTEXTS[signal].map((one) => `"${one}"`).join(', ')
    return report([...path.slice(0, -1), 'context'], `expected a context of ${signal}: ${known}`)
  }
  statements.forEach((text, i) => {
    const fault = problemsIn(() => compileStatement(context, text))
    if (fault !== undefined) report([...path, i], fault)
  })
  conditions.forEach((text, i) => {
    const fault = problemsIn(() => compileCondition(context, text))
    if (fault !== undefined) report([...path.slice(0, -1), 'conditions', i], fault)
  })
}
