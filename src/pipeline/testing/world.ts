import { z } from 'zod'
import type { OperatorFunction } from 'rxjs'
import {
  defineConnector,
  defineExporter,
  defineExtension,
  defineProcessor,
  defineReceiver,
} from '../../component/component.ts'
import type { Conversion, Factory, NamedPipeline, Role } from '../../component/component.ts'
import type { Lifecycle } from '../../component/lifecycle.ts'
import { NO_LIMITS } from '../../component/limits.ts'
import type { AgentLimits } from '../../component/limits.ts'
import { ComponentRegistry } from '../../component/registry.ts'
import type { Settings } from '../../component/settings.ts'
import { formatProblem, parseConfig } from '../../config/index.ts'
import type { Batch, Kind } from '../../pdata/batch.ts'
import { Counters } from '../../telemetry/counters.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { MetricRegistry } from '../../telemetry/metric_registry.ts'
import { CollectorHost } from '../collector_host.ts'
import { Graph } from '../graph.ts'
import type { Plan } from '../plan.ts'
import { planGraph } from '../plan_graph.ts'
import type { PlannedGraph } from '../plan_graph.ts'
import { FakeExporter, FakeReceiver } from './fakes.ts'

const options = z.looseObject({})
const facts = { summary: 'A fake.', stability: 'development', config: options } as const

/** Fakes, what happened to them, and graphs made of them from YAML. */
export class World {
  readonly receivers = new Map<string, FakeReceiver>()
  readonly exporters = new Map<string, FakeExporter>()
  readonly counters = new Counters()
  readonly meters = new MetricRegistry('normal')
  readonly host = new CollectorHost(() => 0)
  limits: AgentLimits = NO_LIMITS
  /** `start exporter/x`, `shut down exporter/x`, in the order in which it happened. */
  readonly events: string[] = []
  /** The log's lines, `error: sentence`. */
  readonly logged: string[] = []
  /** What a component does when it is started or shut down, by `exporter/x`. */
  readonly starts = new Map<string, () => Promise<void>>()
  readonly shutdowns = new Map<string, () => Promise<void>>()
  readonly #factories: Factory[] = []

  /** Adds a type of receivers. */
  receiver(type: string, produces: readonly Kind[]): this {
    return this.#add(
      defineReceiver({
        ...facts,
        type,
        produces,
        create: (settings) => {
          const receiver = new FakeReceiver(settings.counters)
          this.receivers.set(settings.id, receiver)
          return Object.assign(
            receiver,
            this.#life('receiver', settings, () => receiver.end()),
          )
        },
      }),
    )
  }

  /** Adds a type of processors; without an operator its processors hand everything on. */
  processor(type: string, turns: readonly string[], operator?: FakeOperator): this {
    const conversions = turns.map(conversion)
    const create = (settings: Settings) => ({
      ...this.#life('processor', settings),
      operator: operator?.(settings) ?? same,
    })
    return this.#add(defineProcessor({ ...facts, type, conversions, create }))
  }

  /** Adds a type of connectors; without an operator its connectors hand everything on. */
  connector(
    type: string,
    turns: readonly string[],
    operator?: FakeOperator,
    aggregates = false,
  ): this {
    const conversions = turns.map(conversion)
    const create = (settings: Settings) => ({
      ...this.#life('connector', settings),
      operator: operator?.(settings) ?? same,
    })
    return this.#add(defineConnector({ ...facts, type, conversions, aggregates, create }))
  }

  /** Adds a type of connectors that decide between the pipelines that their option `pipelines` names. */
  router(
    type: string,
    turns: readonly string[],
    destinationsOf: (batch: Batch) => readonly string[],
  ): this {
    const destinations = ({ pipelines = [] }: { pipelines?: unknown }): NamedPipeline[] =>
      (pipelines as string[]).map((id, i) => ({ id, path: ['pipelines', i] }))
    const create = (settings: Settings) => ({
      ...this.#life('connector', settings),
      operator: same,
      destinationsOf,
    })
    const conversions = turns.map(conversion)
    return this.#add(defineConnector({ ...facts, type, conversions, destinations, create }))
  }

  /** Adds a type of exporters. */
  exporter(type: string, consumes: readonly Kind[]): this {
    return this.#add(
      defineExporter({
        ...facts,
        type,
        consumes,
        create: (settings) => {
          const exporter = new FakeExporter(settings.counters)
          this.exporters.set(settings.id, exporter)
          return Object.assign(exporter, this.#life('exporter', settings))
        },
      }),
    )
  }

  /** Adds a type of extensions. */
  extension(type: string): this {
    const create = (settings: Settings): Lifecycle => this.#life('extension', settings)
    return this.#add(defineExtension({ ...facts, type, create }))
  }

  /** What the plan of a configuration is. Throws when the YAML itself is wrong. */
  plan(yaml: string): PlannedGraph {
    const registry = new ComponentRegistry(this.#factories)
    const { config, problems } = parseConfig([{ name: 'w.yaml', text: yaml }], registry)
    if (!config) throw new Error(problems.map(formatProblem).join('\n'))
    return planGraph(config, registry)
  }

  /** The problems of a configuration's plan as they are printed. */
  problems(yaml: string): string[] {
    return this.plan(yaml).problems.map(formatProblem)
  }

  /** How the components fare, `exporter/x ok`. */
  statuses(): string[] {
    return this.host.statuses().map(({ role, id, state }) => `${role}/${id} ${state}`)
  }

  /** The plan of a configuration without problems. */
  planOf(yaml: string): Plan {
    const { plan, problems } = this.plan(yaml)
    if (!plan) throw new Error(problems.map(formatProblem).join('\n'))
    return plan
  }

  /** A graph, not started. */
  graph(yaml: string, shutdownTimeoutMs = 15_000): Graph {
    const plan = this.planOf(yaml)
    const log = createLogger({ out: { write: (line) => this.#log(line) } })
    const { counters, meters, limits, host } = this
    const outside = { meters, limits, host, version: '0.0.0-test', shutdownTimeoutMs }
    return new Graph(plan, { log, counters, ...outside })
  }

  #add(factory: Factory): this {
    this.#factories.push(factory)
    return this
  }

  #life(role: Role, { id }: Settings, end: () => void = () => {}): Required<Lifecycle> {
    const name = `${role}/${id}`
    return {
      start: async () => {
        this.events.push(`start ${name}`)
        await this.starts.get(name)?.()
      },
      shutdown: async () => {
        this.events.push(`shut down ${name}`)
        await this.shutdowns.get(name)?.()
        end()
      },
    }
  }

  #log(line: string): void {
    const { level, msg, component, items } = JSON.parse(line) as LogLine
    const where = component === undefined ? '' : `${component}: `
    const many = items === undefined ? '' : ` (${items})`
    this.logged.push(`${level === 50 ? 'error' : 'other'}: ${where}${msg}${many}`)
  }
}

interface LogLine {
  readonly level: number
  readonly msg: string
  readonly component?: string
  readonly items?: number
}

/** Makes the operator of a fake from its settings. */
export type FakeOperator = (settings: Settings) => OperatorFunction<Batch, Batch>

const same: OperatorFunction<Batch, Batch> = (source) => source

/** `traces>metrics` */
function conversion(text: string): Conversion {
  const [from, to] = text.split('>') as [Kind, Kind]
  return { from, to }
}
