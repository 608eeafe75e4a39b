import type { Exporter, Extension } from '../component/component.ts'
import type { Destination } from './destination.ts'
import type { FanOut } from './fan_out.ts'
import type { Member } from './member.ts'
import type { Source } from './source.ts'
import type { Stream } from './stream.ts'

/** An extension of a graph. */
export interface Aside {
  readonly extension: Extension
  readonly member: Member
}

/** An exporter of a graph. */
export interface End {
  readonly destination: Destination
  readonly exporter: Exporter
  readonly member: Member
}

/** A connector of a graph. */
export interface Joint {
  readonly stream: Stream
  readonly exits: FanOut
  readonly member: Member
}

/** The processors of a pipeline, each a member. */
export interface Row {
  readonly stream: Stream
  readonly exits: FanOut
  readonly members: readonly Member[]
}

/** A receiver of a graph. */
export interface Beginning {
  readonly source: Source
  readonly exits: FanOut
  readonly member: Member
}

/** Everything that a graph is made of: extensions, exporters, connectors and receivers by id, rows by pipeline. */
export class Parts {
  readonly extensions = new Map<string, Aside>()
  readonly exporters = new Map<string, End>()
  readonly connectors = new Map<string, Joint>()
  readonly rows = new Map<string, Row>()
  readonly receivers = new Map<string, Beginning>()

  /** In the order in which they start. */
  get members(): readonly Member[] {
    const { extensions, exporters, connectors, rows, receivers } = this
    return [
      ...[extensions, exporters, connectors].flatMap((parts) => membersOf(parts.values())),
      ...[...rows.values()].flatMap(({ members }) => members),
      ...membersOf(receivers.values()),
    ]
  }

  /** What a receiver's batches go through, in no order. */
  get streams(): readonly Stream[] {
    return [...this.rows.values(), ...this.connectors.values()].map(({ stream }) => stream)
  }

  /** The receivers' ends towards the pipelines. */
  get sources(): readonly Source[] {
    return [...this.receivers.values()].map(({ source }) => source)
  }

  /** The exporters' ends towards the pipelines. */
  get destinations(): readonly Destination[] {
    return [...this.exporters.values()].map(({ destination }) => destination)
  }
}

/** Those parts of `some` that are not in `others`. */
export function without(some: Parts, others: Parts): Parts {
  const rest = new Parts()
  copy(some.extensions, others.extensions, rest.extensions)
  copy(some.exporters, others.exporters, rest.exporters)
  copy(some.connectors, others.connectors, rest.connectors)
  copy(some.rows, others.rows, rest.rows)
  copy(some.receivers, others.receivers, rest.receivers)
  return rest
}

function copy<P>(
  some: ReadonlyMap<string, P>,
  others: ReadonlyMap<string, P>,
  to: Map<string, P>,
): void {
  for (const [id, part] of some) if (others.get(id) !== part) to.set(id, part)
}

function membersOf(parts: Iterable<{ readonly member: Member }>): Member[] {
  return [...parts].map(({ member }) => member)
}
