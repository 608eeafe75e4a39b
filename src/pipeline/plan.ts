import type { FactoryOf } from '../component/registry.ts'
import type { Role } from '../component/component.ts'
import type { Path, PipelineKind } from '../config/index.ts'
import type { Kind } from '../pdata/batch.ts'

/** A component as it is configured: how to make it, and from what. */
export type PlannedComponent<R extends Role = Role> = R extends Role
  ? {
      readonly role: R
      readonly id: string
      readonly factory: FactoryOf<R>
      readonly config: unknown
      /** Changes when the options do. */
      readonly fingerprint: string
    }
  : never

/** A component named in a pipeline's list, and where. */
export interface PlannedReference<R extends Role> {
  readonly component: PlannedComponent<R>
  readonly path: Path
}

/** A pipeline with its components looked up. */
export interface PlannedPipeline {
  readonly id: string
  readonly kind: PipelineKind
  readonly receivers: readonly PlannedReference<'receiver' | 'connector'>[]
  readonly processors: readonly PlannedReference<'processor'>[]
  readonly exporters: readonly PlannedReference<'exporter' | 'connector'>[]
}

/** What is to be built: only components that something uses, each once. */
export interface Plan {
  readonly pipelines: readonly PlannedPipeline[]
  readonly extensions: readonly PlannedComponent<'extension'>[]
}

/**
 * The kind that a source puts into a pipeline: the pipeline's own if it has that, else observations,
 * which the pipeline's processors turn into its own. Undefined when it has neither.
 */
export function enteringKind(produces: Iterable<Kind>, kind: PipelineKind): Kind | undefined {
  const kinds = new Set(produces)
  if (kinds.has(kind)) return kind
  return kinds.has('observations') ? 'observations' : undefined
}

/** The kinds that a connector begins pipelines with when it ends pipelines of these kinds. */
export function connectorKinds(
  { factory }: PlannedComponent<'connector'>,
  ended: Iterable<Kind>,
): Set<Kind> {
  const from = new Set(ended)
  return new Set(factory.conversions.filter((turn) => from.has(turn.from)).map(({ to }) => to))
}

/** The pipelines that a connector ends. */
export function pipelinesEndedBy(
  pipelines: readonly PlannedPipeline[],
  connectorId: string,
): PlannedPipeline[] {
  return pipelines.filter(({ exporters }) =>
    exporters.some(({ component }) => isConnector(component, connectorId)),
  )
}

/** The pipelines that a connector begins. */
export function pipelinesBegunBy(
  pipelines: readonly PlannedPipeline[],
  connectorId: string,
): PlannedPipeline[] {
  return pipelines.filter(({ receivers }) =>
    receivers.some(({ component }) => isConnector(component, connectorId)),
  )
}

/** The kind in which a source's batches enter a pipeline; undefined when it has none that fits. */
export function kindFrom(
  { pipelines }: Pick<Plan, 'pipelines'>,
  component: PlannedComponent<'receiver' | 'connector'>,
  pipeline: PlannedPipeline,
): Kind | undefined {
  if (component.role === 'receiver') {
    return enteringKind(component.factory.produces, pipeline.kind)
  }
  const ended = pipelinesEndedBy(pipelines, component.id).map(({ kind }) => kind)
  return enteringKind(connectorKinds(component, ended), pipeline.kind)
}

function isConnector(component: PlannedComponent, id: string): boolean {
  return component.role === 'connector' && component.id === id
}
