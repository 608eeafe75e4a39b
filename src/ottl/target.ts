import type { Environment } from './environment.ts'
import type { EditableMap } from './map_draft.ts'
import type { Type, Value } from './values.ts'

/** Reads a value. Throws OttlError. */
export type Get = (env: Environment) => Value

/** What can be read, and what is known of it before. */
export interface Readable {
  /** `any` where that shows only at run time. */
  readonly type: Type | 'any'
  readonly get: Get
}

/** What a path stands for. */
export interface Target extends Readable {
  /** As it is written, for errors. */
  readonly name: string
  /** Puts another value in its place; undefined for what can only be read. Throws OttlError. */
  readonly set: ((env: Environment, value: Value) => void) | undefined
  /** Lets the map that stands there be changed; throws OttlError where there is none. */
  readonly edit: ((env: Environment, change: (map: EditableMap) => void) => void) | undefined
}
