import type { Connector, Processor } from '../component/component.ts'
import type { Lifecycle } from '../component/lifecycle.ts'
import type { Settings } from '../component/settings.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import { Destination } from './destination.ts'
import { FanOut } from './fan_out.ts'
import type { Taker } from './fan_out.ts'
import { Member } from './member.ts'
import { kindFrom } from './plan.ts'
import type { Plan, PlannedComponent, PlannedPipeline } from './plan.ts'
import { Source } from './source.ts'
import type { StepOptions } from './step.ts'
import { Stream } from './stream.ts'

/** What components get from outside, and who is told of failures. */
export interface Surroundings {
  readonly log: Logger
  readonly counters: Counters
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
  }

  #pipeline(pipeline: PlannedPipeline): void {
    const name = `pipeline "${pipeline.id}"`
    const steps = pipeline.processors.map(({ component }) =>
      this.#processor(component, pipeline.id),
    )
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

  #processor(planned: PlannedComponent<'processor'>, pipeline: string): StepOptions {
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
    const { onFailed } = this.#surroundings
    const source = new Source({ id, receiver, exits, onFailed })
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

  #settings({ role, id }: PlannedComponent, pipeline = ''): Settings {
    const { log, counters, version } = this.#surroundings
    const component = `${role}/${id}`
    const fields = pipeline === '' ? { component } : { component, pipeline }
    return { id, version, log: log.child(fields), counters: counters.of(component, pipeline) }
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
  { role, id }: PlannedComponent,
  component: Processor | Connector,
  { counters }: Settings,
): StepOptions {
  const operator: StepOptions['operator'] = (source) => component.operator(source)
  return { name: `${role} "${id}"`, operator, counters }
}

function member({ role, id }: PlannedComponent, lifecycle: Lifecycle, { log }: Settings): Member {
  return new Member(role, id, lifecycle, log)
}
