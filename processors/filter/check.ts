import type { z } from 'zod'
import {
  compileCondition,
  type Context,
  problemsIn,
  SIGNAL_CONTEXTS,
} from '../../src/ottl/index.ts'
import { type Conditions, contextOf, KEYS, type Stage, stagesOf } from './stages.ts'

/** Reports conditions that cannot be taken, each at its place. */
export function reportFaults(config: Conditions, ctx: z.RefinementCtx): void {
  const report = (path: readonly (string | number)[], message: string): void =>
    ctx.addIssue({ code: 'custom', path: [...path], message })
  for (const { signal, groups, older } of KEYS) {
    if (config[groups] && config[older]) {
      report([older], `expected either "${groups}" or "${older}", received both`)
    }
    for (const stage of stagesOf(config, signal)) reportStage(stage, report)
  }
}

function reportStage(
  stage: Stage,
  report: (path: readonly (string | number)[], message: string) => void,
): void {
  const { signal, texts, path } = stage
  let context: Context = 'resource'
  const problem = problemsIn(() => (context = contextOf(stage)))
  if (problem !== undefined) return report(path, problem)
  if (!SIGNAL_CONTEXTS[signal].includes(context)) {
    const known = SIGNAL_CONTEXTS[signal].map((one) => `"${one}"`).join(', ')
    return report([...path.slice(0, -1), 'context'], `expected a context of ${signal}: ${known}`)
  }
  texts.forEach((text, i) => {
    const fault = problemsIn(() => compileCondition(context, text))
    if (fault !== undefined) report([...path, i], fault)
  })
}
