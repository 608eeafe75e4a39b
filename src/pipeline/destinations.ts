import { suggestion, type Path } from '../config/index.ts'
import { pipelinesBegunBy } from './plan.ts'
import type { PlannedComponent, PlannedPipeline } from './plan.ts'

/** Reports pipelines that a connector decides between although they are not there, or do not begin with it. */
export function checkDestinations(
  pipelines: readonly PlannedPipeline[],
  report: (path: Path, message: string) => void,
): void {
  for (const connector of connectorsOf(pipelines)) {
    const begun = new Set(pipelinesBegunBy(pipelines, connector.id).map(({ id }) => id))
    const named = connector.factory.destinations?.(connector.config) ?? []
    for (const { id, path } of named) {
      if (begun.has(id)) continue
      const known = pipelines.map((pipeline) => pipeline.id)
      report(['connectors', connector.id, ...path], faultOf(id, connector.id, known))
    }
  }
}

function faultOf(id: string, connector: string, known: readonly string[]): string {
  if (known.includes(id)) return `pipeline "${id}" does not have "${connector}" as receiver`
  return `there is no pipeline "${id}"${suggestion(id, known, 'configured')}`
}

function connectorsOf(pipelines: readonly PlannedPipeline[]): Set<PlannedComponent<'connector'>> {
  const ends = pipelines.flatMap(({ receivers, exporters }) => [...receivers, ...exporters])
  return new Set(
    ends.flatMap(({ component }) => (component.role === 'connector' ? [component] : [])),
  )
}
