import type { Attributes } from './attributes.ts'

let lastId = 0

/**
 * What produced telemetry: a process, a container, a pod. Immutable, made once and shared by all
 * batches about it, so that whatever is derived from it (its encoding, a label set) can be kept by
 * `id` or in a WeakMap.
 */
export class Resource {
  readonly attributes: Attributes
  /** A number that no other resource of this process has. */
  readonly id = ++lastId

  constructor(attributes: Attributes) {
    this.attributes = attributes
  }
}

/** The instrumentation scope (OTLP `InstrumentationScope`) that telemetry is recorded under. */
export interface Scope {
  readonly name: string
  readonly version: string
}
