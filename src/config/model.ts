import type { ComponentConfig } from './components.ts'
import type { ComponentReference, PipelineConfig } from './pipelines.ts'
import type { Path, Position, Problem } from './problems.ts'
import type { LimitsConfig, TelemetryConfig } from './service.ts'

/** `service`. */
export interface ServiceConfig {
  readonly extensions: readonly ComponentReference[]
  readonly pipelines: ReadonlyMap<string, PipelineConfig>
  readonly telemetry: TelemetryConfig
  readonly limits: LimitsConfig
}

/** Components of a kind by id, in the order written. */
export type Components = ReadonlyMap<string, ComponentConfig>

/**
 * A configuration without errors. Later checks find places in it by path and word problems with
 * them.
 */
export interface Config {
  readonly receivers: Components
  readonly processors: Components
  readonly exporters: Components
  readonly connectors: Components
  readonly extensions: Components
  readonly service: ServiceConfig
  /**
   * The place of a value; of its key, or the nearest one above, when it is empty or was not
   * written.
   */
  position(path: Path): Position
  /** An error at the place of a path. */
  error(path: Path, message: string): Problem
  /** A warning at the place of a path. */
  warning(path: Path, message: string): Problem
}
