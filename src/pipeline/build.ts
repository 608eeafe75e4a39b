import type { Connector, Processor } from '../component/component.ts'
import type { Lifecycle } from '../component/lifecycle.ts'
import { NO_LIMITS, type AgentLimits } from '../component/limits.ts'
import type { Settings } from '../component/settings.ts'
import type { Kind } from '../pdata/batch.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import {
  NO_METERS,
  type MetricAttributes,
  type Meters,
  type OwnedMeter,
} from '../telemetry/meter.ts'
import type { CollectorHost } from './collector_host.ts'
import { Destination } from './destination.ts'
import { FanOut } from './fan_out.ts'
import type { Taker } from './fan_out.ts'
import { Member } from './member.ts'
import { kindFrom } from './plan.ts'
import type { Plan, PlannedComponent, PlannedPipeline } from './plan.ts'
import { Source } from './source.ts'
import type { StatusEntry } from './status_board.ts'
import type { StepOptions } from './step.ts'
import { Stream } from './stream.ts'

/** What components get from outside, and who is told of failures. */
export interface Surroundings {
  readonly log: Logger
  readonly counters: Counters
  /** Where components register what they tell of themselves; nowhere unless given. */
  readonly meters?: Meters
  /** What components are held to; nothing unless given. */
  readonly limits?: AgentLimits
  /** What components see of the collector. */
  readonly host: CollectorHost
  /** This build of Waggle. */
  readonly version: string
  /** Told when a receiver or a pipeline cannot go on. */
  readonly onFailed: (error: Error) => void
}

/** Everything of a graph, created and joined, nothing started. */
export interface Parts {
  /** In the order in which they start. */
  readonly members: readonly Member[]
  readonly sources: readonly Source[]
  readonly streams: readonly Stream[]
  readonly destinations: readonly Destination[]
}

/** Creates what is planned. Throws `create exporter otlp_grpc` with what went wrong as its cause. */
export function buildParts(plan: Plan, surroundings: Surroundings): Parts {
  return new Builder(plan, surroundings).build()
}

/** Settings whose meter and status end with the component. */
type MemberSettings = Settings & { readonly meter: OwnedMeter; readonly status: StatusEntry }

interface Joint {
  readonly stream: Stream
  readonly exits: FanOut
}

class Builder {
  readonly #plan: Plan
  readonly #surroundings: Surroundings
  readonly #extensions: Member[] = []
  readonly #exporters: Member[] = []
  readonly #connectors: Member[] = []
  readonly #processors: Member[] = []
  readonly #receivers: Member[] = []
  readonly #sources = new Map<string, { source: Source; exits: FanOut }>()
  readonly #joints = new Map<string, Joint>()
  readonly #destinations = new Map<string, Destination>()
  readonly #streams: Stream[] = []

  constructor(plan: Plan, surroundings: Surroundings) {
    this.#plan = plan
    this.#surroundings = surroundings
  }

  build(): Parts {
    for (const extension of this.#plan.extensions) this.#extension(extension)
    for (const pipeline of this.#plan.pipelines) this.#pipeline(pipeline)
    return {
      members: [
        ...this.#extensions,
        ...this.#exporters,
        ...this.#connectors,
        ...this.#processors,
        ...this.#receivers,
      ],
      sources: [...this.#sources.values()].map(({ source }) => source),
      streams: this.#streams,
      destinations: [...this.#destinations.values()],
    }
  }

  #extension(planned: PlannedComponent<'extension'>): void {
    const settings = this.#settings(planned)
    const extension = create(planned, () => planned.factory.create(settings, planned.config))
    this.#extensions.push(member(planned, extension, settings))
    this.#surroundings.host.setExtension(planned.id, extension)
  }

  #pipeline(pipeline: PlannedPipeline): void {
    const name = `pipeline "${pipeline.id}"`
    const steps = pipeline.processors.map(({ component }) => this.#processor(component, pipeline))
    const exits = new FanOut()
    for (const { component } of pipeline.exporters) {
      exits.add(pipeline.kind, this.#end(component))
    }
    const stream = this.#stream(name, steps, exits)
    for (const { component } of pipeline.receivers) {
      // The plan has been checked: a kind is there.
      const kind = kindFrom(this.#plan, component, pipeline)
      if (kind) this.#beginning(component).add(kind, stream.entry())
    }
  }

  #processor(planned: PlannedComponent<'processor'>, pipeline: PlannedPipeline): StepOptions {
    const settings = this.#settings(planned, pipeline)
    const processor = create(planned, () => planned.factory.create(settings, planned.config))
    this.#processors.push(member(planned, processor, settings))
    return stepOf(planned, processor, settings)
  }

  #end(planned: PlannedComponent<'exporter'> | PlannedComponent<'connector'>): Taker {
    if (planned.role === 'connector') return this.#joint(planned).stream.entry()
    const known = this.#destinations.get(planned.id)
    if (known) return known
    const settings = this.#settings(planned)
    const exporter = create(planned, () => planned.factory.create(settings, planned.config))
    this.#exporters.push(member(planned, exporter, settings))
    const destination = new Destination(exporter, settings)
    this.#destinations.set(planned.id, destination)
    return destination
  }

  #beginning(planned: PlannedComponent<'receiver'> | PlannedComponent<'connector'>): FanOut {
    if (planned.role === 'connector') return this.#joint(planned).exits
    const { id } = planned
    const known = this.#sources.get(id)
    if (known) return known.exits
    const settings = this.#settings(planned)
    const receiver = create(planned, () => planned.factory.create(settings, planned.config))
    this.#receivers.push(member(planned, receiver, settings))
    const exits = new FanOut()
    const { onFailed, limits = NO_LIMITS } = this.#surroundings
    const refusal = (): string | undefined => limits.refusal()
    const source = new Source({ id, receiver, exits, refusal, onFailed })
    this.#sources.set(id, { source, exits })
    return exits
  }

  #joint(planned: PlannedComponent<'connector'>): Joint {
    const known = this.#joints.get(planned.id)
    if (known) return known
    const settings = this.#settings(planned)
    const connector = create(planned, () => planned.factory.create(settings, planned.config))
    this.#connectors.push(member(planned, connector, settings))
    const exits = new FanOut()
    const step = { ...stepOf(planned, connector, settings), wants: exits.wants.bind(exits) }
    const stream = this.#stream(step.name, [step], exits)
    const joint = { stream, exits }
    this.#joints.set(planned.id, joint)
    return joint
  }

  #stream(name: string, steps: readonly StepOptions[], exits: FanOut): Stream {
    const { onFailed } = this.#surroundings
    const stream = new Stream({ name, steps, exits, onFailed })
    this.#streams.push(stream)
    return stream
  }

  #settings(planned: PlannedComponent, pipeline?: PlannedPipeline): MemberSettings {
    const { role, id } = planned
    const { log, counters, meters = NO_METERS, limits = NO_LIMITS } = this.#surroundings
    const { host, version } = this.#surroundings
    const component = `${role}/${id}`
    const place = pipeline && { pipeline: pipeline.id }
    const attributes: MetricAttributes = { [role]: id, ...place }
    return {
      id,
      version,
      limits,
      host,
      status: host.board.add(role, id, pipeline?.id),
      log: log.child({ component, ...place }),
      counters: counters.of(component, pipeline?.id, this.#kindOf(planned, pipeline)),
      meter: meters.meter(attributes),
    }
  }

  /** What a component's items are, where all are of one kind. */
  #kindOf(planned: PlannedComponent, pipeline: PlannedPipeline | undefined): Kind | undefined {
    if (pipeline) return pipeline.kind
    const kinds = planned.role === 'receiver' ? planned.factory.produces : this.#endedKinds(planned)
    return kinds.length === 1 ? kinds[0] : undefined
  }

  /** The kinds of the pipelines that a component ends. */
  #endedKinds({ role, id }: PlannedComponent): Kind[] {
    const ended = this.#plan.pipelines.filter(({ exporters }) =>
      exporters.some(({ component }) => component.role === role && component.id === id),
    )
    return [...new Set(ended.map(({ kind }) => kind))]
  }
}

function create<T>({ role, id }: PlannedComponent, make: () => T): T {
  try {
    return make()
  } catch (cause) {
    throw new Error(`create ${role} ${id}`, { cause })
  }
}

function stepOf(
  { role, id, factory }: PlannedComponent<'processor'> | PlannedComponent<'connector'>,
  component: Processor | Connector,
  { counters }: Settings,
): StepOptions {
  const operator: StepOptions['operator'] = (source) => component.operator(source)
  return { name: `${role} "${id}"`, operator, counters, aggregates: factory.aggregates === true }
}

function member(
  { role, id }: PlannedComponent,
  lifecycle: Lifecycle,
  { log, meter, status }: MemberSettings,
): Member {
  return new Member(role, id, lifecycle, { log, meter, status })
}
