import { linearRegExp, type LinearRegExp } from '../../../src/helpers/linear_regexp.ts'
import { PULL_DURATION, pullDuration } from './pull_duration.ts'
import { inOrder, ordered, type Ordered } from '../order.ts'
import { anyNameOf, anyOf, eventTest, type EventTest } from './name_match.ts'
import type { StageConfig } from './stage_config.ts'

/** A stage of the table, ready for use. */
export interface StageRule {
  readonly config: StageConfig
  /** Each has happened with the first of its tests that has. */
  readonly starts: readonly (readonly EventTest[])[]
  /** False for the name of an event that is none of its beginnings, ends and errors. */
  readonly mayConcern: (name: string) => boolean
  readonly isStart: EventTest
  readonly isEnd: EventTest
  readonly isError: EventTest
  readonly duration: Pick<LinearRegExp, 'exec'> | undefined
}

/**
 * What is wrong with a table: stages that are inside each other, or each after the other, or that name
 * a stage that there is not.
 */
export function tableProblem(stages: readonly StageConfig[]): string | undefined {
  const types = new Set(stages.map(({ type }) => type))
  for (const { type, inside, after } of stages) {
    const lost = [inside, after].find((other) => other !== undefined && !types.has(other))
    if (lost !== undefined) return `stage "${type}" names the stage "${lost}", which there is not`
  }
  const cycle = cycleOf(stages, 'inside') ?? cycleOf(stages, 'after')
  return cycle && `stages wait for each other: ${cycle.join(' -> ')}`
}

function cycleOf(
  stages: readonly StageConfig[],
  field: 'inside' | 'after',
): readonly string[] | undefined {
  const result = ordered(stages.map((stage) => namesOf(stage, field)))
  return 'cycle' in result ? result.cycle : undefined
}

function namesOf(stage: StageConfig, field: 'inside' | 'after'): Ordered {
  const other = stage[field]
  return { name: stage.type, after: other === undefined ? [] : [other] }
}

/** The defaults with a user's own: one of a default's type takes its place. */
export function mergedStages(
  defaults: readonly StageConfig[],
  own: readonly StageConfig[],
): StageConfig[] {
  const byType = new Map([...defaults, ...own].map((stage) => [stage.type, stage]))
  return [...byType.values()]
}

/** Makes the rules of a table that has no problem, each after those that it waits for. */
export function stageRules(stages: readonly StageConfig[]): StageRule[] {
  const items = stages.map((config) => ({ ...namesOf(config, 'after'), config }))
  return inOrder(items, 'stages wait for').map(({ config }) => {
    const groups = config.start.map((item) => (Array.isArray(item) ? item : [item]))
    return {
      config,
      starts: groups.map((group) => group.map(eventTest)),
      mayConcern: anyNameOf([...groups.flat(), ...config.end, ...config.errors]),
      isStart: anyOf(groups.flat()),
      isEnd: anyOf(config.end),
      isError: anyOf(config.errors),
      duration: durationOf(config),
    }
  })
}

function durationOf({ duration_from }: StageConfig): StageRule['duration'] {
  if (!duration_from) return undefined
  return duration_from === PULL_DURATION ? pullDuration : linearRegExp(duration_from)
}
