import type { Delivery } from '../../../src/helpers/delivery/model.ts'
import type { Code } from './codes.ts'
import type { Signal } from './signals.ts'

/** When a signal means a code. Groups of `says` fill the placeholders of the code's texts. */
export interface Rule {
  readonly code: Code
  /** Of `Signal.about`. */
  readonly about: RegExp
  /** Of the message; everything where it is not given. */
  readonly says?: RegExp
  readonly when?: (signal: Signal, delivery: Delivery) => boolean
  /** Only what is left when nothing that is less vague explains the same: a symptom, a repetition. */
  readonly vague?: 1 | 2
}

/** Something that is known to have happened at a moment, by which a stage may be over. */
export interface Mark {
  readonly name: string
  readonly container: string
  readonly timeMs: number
}

/** Judges one stage: its rules say what is wrong with it, its marks that it is over. */
export interface StageJudge {
  readonly stage: string
  /** Stages that have to be over before this one begins. */
  readonly after: readonly string[]
  readonly rules: readonly Rule[]
  /** Whether a mark shows that the stage is over, for a container where it is about one. */
  readonly over: (mark: Mark, container: string) => boolean
  /** Types of the trace's stages that do nothing but wait while this one fails. */
  readonly holds: readonly string[]
}

/** A mark of one of these names. */
export function marked(...names: readonly string[]): StageJudge['over'] {
  return ({ name }) => names.includes(name)
}

/** A mark of one of these names, about the container in question. */
export function markedOf(...names: readonly string[]): StageJudge['over'] {
  return (mark, container) =>
    names.includes(mark.name) && (container === '' || mark.container === container)
}
