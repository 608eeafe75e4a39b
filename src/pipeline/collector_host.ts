import type { Extension } from '../component/component.ts'
import type { FeatureFacts, Host, PipelineFacts } from '../component/host.ts'
import type { ComponentStatus } from '../component/status.ts'
import { NO_TELEMETRY, type TelemetryView } from '../telemetry/view.ts'
import type { PlannedPipeline } from './plan.ts'
import { StatusBoard } from './status_board.ts'

/** The collector as its components see it: the same one before and after a reload. */
export class CollectorHost implements Host {
  /** How the components fare. */
  readonly board: StatusBoard
  readonly #extensions = new Map<string, Extension>()
  #pipelines: readonly PipelineFacts[] = []
  #configuration: () => string = () => ''
  #telemetry: TelemetryView = NO_TELEMETRY
  #features: readonly FeatureFacts[] = []

  /** @param now milliseconds since 1970 */
  constructor(now?: () => number) {
    this.board = new StatusBoard(now)
  }

  extension(id: string): Extension | undefined {
    return this.#extensions.get(id)
  }

  statuses(): readonly ComponentStatus[] {
    return this.board.all()
  }

  pipelines(): readonly PipelineFacts[] {
    return this.#pipelines
  }

  configuration(): string {
    return this.#configuration()
  }

  get telemetry(): TelemetryView {
    return this.#telemetry
  }

  features(): readonly FeatureFacts[] {
    return this.#features
  }

  /** Where it is told what the agent counts, measures and says. */
  setTelemetry(telemetry: TelemetryView): void {
    this.#telemetry = telemetry
  }

  /** The features that can be switched, as they are. */
  setFeatures(features: readonly FeatureFacts[]): void {
    this.#features = features
  }

  /** An extension that is there from now on, instead of one of the same id. */
  setExtension(id: string, extension: Extension): void {
    this.#extensions.set(id, extension)
  }

  /** An extension that is gone, unless another one took its place. */
  removeExtension(id: string, extension: Extension): void {
    if (this.#extensions.get(id) === extension) this.#extensions.delete(id)
  }

  /** The pipelines that run from now on. */
  setPipelines(pipelines: readonly PlannedPipeline[]): void {
    this.#pipelines = pipelines.map(factsOf)
  }

  /** How the configuration that runs is told, from now on. */
  setConfiguration(print: () => string): void {
    this.#configuration = print
  }
}

function factsOf({ id, kind, receivers, processors, exporters }: PlannedPipeline): PipelineFacts {
  const ids = (references: readonly { component: { id: string } }[]): string[] =>
    references.map(({ component }) => component.id)
  return {
    id,
    kind,
    receivers: ids(receivers),
    processors: ids(processors),
    exporters: ids(exporters),
  }
}
