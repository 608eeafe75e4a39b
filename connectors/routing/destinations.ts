import type { NamedPipeline } from '../../src/component/component.ts'
import type { RoutingConfig } from './config.ts'

/** The pipelines that the options name. */
export function destinationsIn({ default_pipelines, table }: RoutingConfig): NamedPipeline[] {
  return [
    ...named(default_pipelines, ['default_pipelines']),
    ...table.flatMap(({ pipelines }, i) => named(pipelines, ['table', i, 'pipelines'])),
  ]
}

function named(pipelines: readonly string[], path: NamedPipeline['path']): NamedPipeline[] {
  return pipelines.map((id, i) => ({ id, path: [...path, i] }))
}
