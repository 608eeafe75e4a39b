import type { Extension } from './component.ts'
import type { ComponentStatus } from './status.ts'

/** A pipeline and the ids of its components, in their order. */
export interface PipelineFacts {
  /** `traces` or `traces/name`. */
  readonly id: string
  readonly kind: 'traces' | 'metrics' | 'logs'
  readonly receivers: readonly string[]
  readonly processors: readonly string[]
  readonly exporters: readonly string[]
}

/** What a component can see of the collector around it. */
export interface Host {
  /**
   * The extension of an id that `service.extensions` lists; undefined for another. Extensions start
   * before all other components, in the order in which they are listed: ask in `start` or later.
   */
  extension(id: string): Extension | undefined
  /** Every component that runs, and how it fares. */
  statuses(): readonly ComponentStatus[]
  /** The pipelines that run. */
  pipelines(): readonly PipelineFacts[]
  /** The configuration that runs, as YAML with its defaults and without its secrets. */
  configuration(): string
}

/** A collector with nothing in it. */
export const NO_HOST: Host = {
  extension: () => undefined,
  statuses: () => [],
  pipelines: () => [],
  configuration: () => '',
}
