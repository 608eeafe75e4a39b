import type { ComponentRegistry } from '../component/registry.ts'
import type { Role } from '../component/component.ts'
import { sortProblems } from '../config/index.ts'
import type {
  ComponentConfig,
  Components,
  Config,
  Path,
  PipelineConfig,
  Problem,
} from '../config/index.ts'
import { checkConnectors } from './connectors.ts'
import { checkDestinations } from './destinations.ts'
import { checkKinds } from './kinds.ts'
import type { Plan, PlannedComponent, PlannedPipeline } from './plan.ts'

/** `plan` is there when there are no problems. */
export interface PlannedGraph {
  readonly plan: Plan | undefined
  readonly problems: readonly Problem[]
}

/** Checks that what is configured fits together. Creates no component, needs no kernel. */
export function planGraph(config: Config, registry: ComponentRegistry): PlannedGraph {
  const planned = new Planner(config, registry)
  const pipelines = [...config.service.pipelines.values()].map((one) => planned.pipeline(one))
  const extensions = config.service.extensions.map(({ id }) =>
    planned.component('extension', config.extensions.get(id)),
  )
  const problems: Problem[] = []
  const report = (path: Path, message: string) => void problems.push(config.error(path, message))
  const processors = registry.all('processor')
  for (const pipeline of pipelines) checkKinds(pipeline, { pipelines, processors, report })
  checkConnectors(pipelines, report)
  checkDestinations(pipelines, report)
  if (problems.length > 0) return { plan: undefined, problems: sortProblems(problems) }
  return { plan: { pipelines, extensions }, problems: [] }
}

/** Looks up what the configuration names. */
class Planner {
  readonly #config: Config
  readonly #registry: ComponentRegistry
  readonly #components = new Map<ComponentConfig, PlannedComponent>()

  constructor(config: Config, registry: ComponentRegistry) {
    this.#config = config
    this.#registry = registry
  }

  pipeline({ id, kind, receivers, processors, exporters }: PipelineConfig): PlannedPipeline {
    const config = this.#config
    return {
      id,
      kind,
      receivers: receivers.map(({ id, path }) => {
        return { component: this.#orConnector('receiver', id, config.receivers), path }
      }),
      processors: processors.map(({ id, path }) => {
        return { component: this.component('processor', config.processors.get(id)), path }
      }),
      exporters: exporters.map(({ id, path }) => {
        return { component: this.#orConnector('exporter', id, config.exporters), path }
      }),
    }
  }

  /** A component by its configuration, the same one each time. */
  component<R extends Role>(role: R, configured: ComponentConfig | undefined): PlannedComponent<R> {
    // The configuration has been checked: what a list names is configured.
    if (!configured) throw new Error(`plan a ${role} that is not configured`)
    const { id, type, config, fingerprint } = configured
    const known = this.#components.get(configured)
    const factory = this.#registry.factory(role, type)
    const made = known ?? { role, id, factory, config, fingerprint }
    this.#components.set(configured, made as PlannedComponent)
    return made as PlannedComponent<R>
  }

  /** At either end of a pipeline a connector may stand in the place of another component. */
  #orConnector<R extends 'receiver' | 'exporter'>(
    role: R,
    id: string,
    table: Components,
  ): PlannedComponent<R> | PlannedComponent<'connector'> {
    const connector = this.#config.connectors.get(id)
    if (connector) return this.component('connector', connector)
    return this.component(role, table.get(id))
  }
}
