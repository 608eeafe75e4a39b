import type { Connector, Exporter, Processor } from '../component/component.ts'
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
import { Member } from './member.ts'
import { mentioned } from './mentioned.ts'
import { Parts } from './parts.ts'
import type { Aside, Beginning, End, Joint, Row } from './parts.ts'
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

/** Settings whose meter and status end with the component. */
type MemberSettings = Settings & { readonly meter: OwnedMeter; readonly status: StatusEntry }

interface MadeExporter {
  readonly exporter: Exporter
  readonly settings: Settings
  readonly member: Member
}

/**
 * Creates what is planned, and takes from `previous` what is configured there in the same way.
 * Nothing is joined or started. Throws `create exporter otlp_grpc` with what went wrong as its cause;
 * nothing that was created has to be ended then.
 */
export function buildParts(plan: Plan, surroundings: Surroundings, previous = new Parts()): Parts {
  return new Builder(plan, surroundings, previous).build()
}

/** An exporter made anew, in the place of one that could not start beside its predecessor. */
export function rebuildExporter(
  planned: PlannedComponent<'exporter'>,
  plan: Plan,
  surroundings: Surroundings,
): Pick<End, 'exporter' | 'member'> {
  return new Builder(plan, surroundings, new Parts()).exporter(planned)
}

/** An extension made anew, as `rebuildExporter` does it. */
export function rebuildExtension(
  planned: PlannedComponent<'extension'>,
  plan: Plan,
  surroundings: Surroundings,
): Aside {
  return new Builder(plan, surroundings, new Parts()).extension(planned)
}

class Builder {
  readonly #plan: Plan
  readonly #surroundings: Surroundings
  readonly #previous: Parts
  readonly #parts = new Parts()
  /** Extensions that are not those of before: who uses one of them is not the same, either. */
  readonly #newExtensions = new Set<string>()

  constructor(plan: Plan, surroundings: Surroundings, previous: Parts) {
    this.#plan = plan
    this.#surroundings = surroundings
    this.#previous = previous
  }

  build(): Parts {
    const { extensions, pipelines } = this.#plan
    try {
      for (const extension of extensions) this.#extension(extension)
      for (const pipeline of pipelines) this.#pipeline(pipeline)
    } catch (error) {
      this.#forget()
      throw error
    }
    return this.#parts
  }

  /** Makes an extension, whatever there was before. */
  extension(planned: PlannedComponent<'extension'>): Aside {
    const settings = this.#settings(planned)
    const extension = create(planned, () => planned.factory.create(settings, planned.config))
    return { extension, member: this.#member(planned, extension, settings) }
  }

  /** Makes an exporter, whatever there was before. */
  exporter(planned: PlannedComponent<'exporter'>): MadeExporter {
    const settings = this.#settings(planned)
    const exporter = create(planned, () => planned.factory.create(settings, planned.config))
    return { exporter, settings, member: this.#member(planned, exporter, settings) }
  }

  /** Nothing of what was made for a graph that is not to be is told or measured any more. */
  #forget(): void {
    const kept = new Set(this.#previous.members)
    for (const member of this.#parts.members) if (!kept.has(member)) member.forget()
  }

  #extension(planned: PlannedComponent<'extension'>): void {
    const { extensions } = this.#previous
    const part = this.#kept(extensions, planned) ?? this.extension(planned)
    if (part !== extensions.get(planned.id)) this.#newExtensions.add(planned.id)
    this.#parts.extensions.set(planned.id, part)
  }

  #pipeline(pipeline: PlannedPipeline): void {
    this.#parts.rows.set(pipeline.id, this.#keptRow(pipeline) ?? this.#row(pipeline))
    for (const { component } of pipeline.exporters) {
      if (component.role === 'connector') this.#joint(component)
      else this.#end(component)
    }
    for (const { component } of pipeline.receivers) {
      if (component.role === 'connector') this.#joint(component)
      else this.#beginning(component)
    }
  }

  #row(pipeline: PlannedPipeline): Row {
    const members: Member[] = []
    const steps = pipeline.processors.map(({ component }) => {
      const settings = this.#settings(component, pipeline)
      const processor = create(component, () =>
        component.factory.create(settings, component.config),
      )
      members.push(this.#member(component, processor, settings))
      return stepOf(component, processor, settings)
    })
    const exits = new FanOut()
    return { stream: this.#stream(`pipeline "${pipeline.id}"`, steps, exits), exits, members }
  }

  #end(planned: PlannedComponent<'exporter'>): void {
    const { exporters } = this.#parts
    if (exporters.has(planned.id)) return
    exporters.set(
      planned.id,
      this.#kept(this.#previous.exporters, planned) ?? this.#newEnd(planned),
    )
  }

  #newEnd(planned: PlannedComponent<'exporter'>): End {
    const { exporter, settings, member } = this.exporter(planned)
    return { destination: new Destination(exporter, settings), exporter, member }
  }

  #beginning(planned: PlannedComponent<'receiver'>): void {
    const { receivers } = this.#parts
    if (receivers.has(planned.id)) return
    const kept = this.#kept(this.#previous.receivers, planned)
    receivers.set(planned.id, kept ?? this.#newBeginning(planned))
  }

  #newBeginning(planned: PlannedComponent<'receiver'>): Beginning {
    const settings = this.#settings(planned)
    const receiver = create(planned, () => planned.factory.create(settings, planned.config))
    const exits = new FanOut()
    const { onFailed, limits = NO_LIMITS } = this.#surroundings
    const refusal = (): string | undefined => limits.refusal()
    const source = new Source({ id: planned.id, receiver, exits, refusal, onFailed })
    return { source, exits, member: this.#member(planned, receiver, settings) }
  }

  #joint(planned: PlannedComponent<'connector'>): void {
    const { connectors } = this.#parts
    if (connectors.has(planned.id)) return
    const kept = this.#kept(this.#previous.connectors, planned)
    connectors.set(planned.id, kept ?? this.#newJoint(planned))
  }

  #newJoint(planned: PlannedComponent<'connector'>): Joint {
    const settings = this.#settings(planned)
    const connector = create(planned, () => planned.factory.create(settings, planned.config))
    const exits = new FanOut(connector.destinationsOf?.bind(connector))
    const step = { ...stepOf(planned, connector, settings), wants: exits.wants.bind(exits) }
    const stream = this.#stream(step.name, [step], exits)
    return { stream, exits, member: this.#member(planned, connector, settings) }
  }

  #stream(name: string, steps: readonly StepOptions[], exits: FanOut): Stream {
    const { onFailed } = this.#surroundings
    return new Stream({ name, steps, exits, onFailed })
  }

  #kept<P extends { readonly member: Member }>(
    parts: ReadonlyMap<string, P>,
    planned: PlannedComponent,
  ): P | undefined {
    const part = parts.get(planned.id)
    return part && this.#isSame(part.member, planned) ? part : undefined
  }

  /** Processors in a row hold what the one before handed on: all are kept, or none. */
  #keptRow({ id, processors }: PlannedPipeline): Row | undefined {
    const row = this.#previous.rows.get(id)
    if (row?.members.length !== processors.length) return undefined
    const same = processors.every(({ component }, i) =>
      this.#isSame(row.members[i] as Member, component),
    )
    return same ? row : undefined
  }

  #isSame({ planned: before }: Member, planned: PlannedComponent): boolean {
    if (before.id !== planned.id || before.factory !== planned.factory) return false
    if (before.fingerprint !== planned.fingerprint) return false
    return mentioned(planned.config, this.#newExtensions).size === 0
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
      status: host.board.entry(role, id, pipeline?.id),
      log: log.child({ component, ...place }),
      counters: counters.of(component, pipeline?.id, this.#kindOf(planned, pipeline)).instance(),
      meter: meters.meter(attributes),
    }
  }

  #member(
    planned: PlannedComponent,
    lifecycle: Lifecycle,
    { log, meter, status }: MemberSettings,
  ): Member {
    const { host } = this.#surroundings
    return new Member(planned, lifecycle, { log, meter, status, host })
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
