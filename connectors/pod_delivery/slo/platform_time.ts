import type { Stage } from '../../../src/helpers/delivery/model.ts'
import { lengthOf, minus, union } from './intervals.ts'
import type { Interval } from './intervals.ts'

/** What of a stage is needed to say whose time it was. */
export type OwnedTime = Pick<Stage, 'type' | 'subject' | 'owner' | 'startMs' | 'endMs'>

/** Whose time a delivery took: the two parts make up the whole. */
export interface SplitTime {
  readonly totalMs: number
  readonly platformMs: number
  readonly userMs: number
}

/** Time in which a mistake of the user held the delivery up, and which stages were only waiting. */
export interface HeldUp {
  readonly interval: Interval
  /** Whether this stage of the platform did nothing but fail on the mistake. */
  readonly holds: (stage: OwnedTime) => boolean
}

/**
 * Splits the time from `fromMs` to `toMs`. The user's time is the union of the user's stages, without
 * what a stage of the platform covers: what both work at is the platform's, for the user could not
 * have gone on. A stage of the platform that only fails on a mistake of the user covers nothing.
 * Stages may come in any order; an open one lasts until `toMs`; one that ends before it begins, as
 * clocks of several API servers make it, counts nothing.
 * @param fromMs by default the first beginning of a stage
 */
export function splitTime(
  stages: readonly OwnedTime[],
  toMs: number,
  fromMs: number = Math.min(toMs, ...stages.map(({ startMs }) => startMs)),
  heldUp: readonly HeldUp[] = [],
): SplitTime {
  const totalMs = Math.max(0, toMs - fromMs)
  const time = (parts: readonly Interval[]): Interval[] => union(parts, fromMs, toMs)
  const within = (stage: OwnedTime): Interval => [stage.startMs, stage.endMs ?? toMs]
  const working = (stage: OwnedTime): Interval[] => {
    const held = heldUp.filter(({ holds }) => holds(stage)).map(({ interval }) => interval)
    return minus(time([within(stage)]), time(held))
  }
  const platform = time(stages.filter(({ owner }) => owner === 'platform').flatMap(working))
  const users = stages.filter(({ owner }) => owner === 'user').map(within)
  const user = time([...users, ...heldUp.map(({ interval }) => interval)])
  const userMs = Math.min(totalMs, lengthOf(minus(user, platform)))
  return { totalMs, platformMs: totalMs - userMs, userMs }
}
