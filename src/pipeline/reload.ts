import type { Role } from '../component/component.ts'
import { buildParts, rebuildExporter, rebuildExtension } from './build.ts'
import type { Surroundings } from './build.ts'
import { endStreams, landAll } from './drain.ts'
import type { Member } from './member.ts'
import { mentioned } from './mentioned.ts'
import { without } from './parts.ts'
import type { Beginning, Parts } from './parts.ts'
import type { Plan, PlannedComponent } from './plan.ts'
import { wire } from './wire.ts'

/** A graph that runs, and what is to run instead. */
export interface Replacement {
  readonly plan: Plan
  readonly previousPlan: Plan
  readonly previous: Parts
  readonly surroundings: Surroundings
  /** Milliseconds that a component, or a stage, is waited for. */
  readonly timeoutMs: number
}

/** What runs after a replacement, and why that is not what was wanted. */
export interface Replaced {
  readonly plan: Plan
  readonly parts: Parts
  readonly error?: unknown
}

/**
 * Replaces what has changed while the rest goes on.
 *
 * New components start beside the old ones where they can. One that cannot, because its predecessor
 * has the port or the file, starts after that has ended; batches wait for it meanwhile. Receivers
 * never run twice. Batches that are under way end where they would have ended before.
 *
 * Where something does not start any more after the old has ended, everything is changed back, and
 * the answer has the error. Rejects where nothing has been changed yet: something cannot be created
 * or started; and, as a `LostError`, where neither the new nor the old runs.
 */
export async function replaceParts(replacement: Replacement): Promise<Replaced> {
  const { plan, previousPlan, surroundings } = replacement
  const change = new Change(replacement)
  await change.startBeside()
  try {
    await change.carryOut()
    return { plan, parts: change.next }
  } catch (error) {
    surroundings.log.error({ err: error }, 'New configuration does not start, changing back.')
    const back = { ...replacement, plan: previousPlan, previous: change.next }
    return { plan: previousPlan, parts: await changeBack(back), error }
  }
}

/** A new configuration does not run, and the one before does not any more. */
export class LostError extends Error {
  override readonly name = 'LostError'
}

async function changeBack(replacement: Replacement): Promise<Parts> {
  try {
    const change = new Change(replacement)
    await change.startBeside()
    await change.carryOut()
    return change.next
  } catch (cause) {
    throw new LostError('neither the new configuration runs nor the one before', { cause })
  }
}

class Change {
  readonly #plan: Plan
  readonly #previous: Parts
  /** The parts that run when it is done. */
  readonly next: Parts
  readonly #surroundings: Surroundings
  readonly #timeoutMs: number
  /** What is new, in the order in which it starts; and what is no more, in the same order. */
  readonly #fresh: readonly Member[]
  readonly #gone: readonly Member[]
  /** Of the new, those that start only when their predecessor has ended. */
  readonly #late: Member[] = []
  readonly #ended = new Set<Member>()

  /** Creates what is new; throws what a component throws. */
  constructor({ plan, previous, surroundings, timeoutMs }: Replacement) {
    const next = buildParts(plan, surroundings, previous)
    this.#plan = plan
    this.#previous = previous
    this.next = next
    this.#surroundings = surroundings
    this.#timeoutMs = timeoutMs
    const [before, after] = [new Set(previous.members), new Set(next.members)]
    this.#fresh = next.members.filter((member) => !before.has(member))
    this.#gone = previous.members.filter((member) => !after.has(member))
  }

  /** Starts what is new but the receivers. When that fails, all of it is ended again. */
  async startBeside(): Promise<void> {
    try {
      for (const member of this.#fresh) {
        if (member.role === 'receiver') continue
        if (this.#needsLate(member)) this.#late.push(member)
        else await this.#startOrPutOff(member)
      }
    } catch (error) {
      await this.#end(this.#fresh)
      throw error
    }
  }

  /** Lets batches go the new ways, and ends what is no more. */
  async carryOut(): Promise<void> {
    const { host, log } = this.#surroundings
    const fresh = without(this.next, this.#previous)
    for (const stream of fresh.streams) stream.run()
    for (const { id } of this.#late) this.next.exporters.get(id)?.destination.suspend()
    // What is kept does not end with the last of those that feed it now.
    const kept = without(this.next, fresh).streams.map((stream) => stream.entry())
    await this.#end(this.#gone.filter(isOf('receiver')))
    const complete = wire(this.#plan, this.next)
    host.setPipelines(this.#plan.pipelines)
    complete()
    for (const entry of kept) entry.complete()
    const gone = without(this.#previous, this.next)
    try {
      await endStreams(gone, this.#timeoutMs, log)
      await this.#handOver()
      await startReceivers(fresh.receivers.values())
    } finally {
      await this.#endGone(gone)
    }
  }

  async #startOrPutOff(member: Member): Promise<void> {
    try {
      await member.start()
    } catch (error) {
      if (!this.#predecessor(member)) throw error
      this.#late.push(member)
    }
  }

  #predecessor({ role, id }: Member): Member | undefined {
    if (role !== 'exporter' && role !== 'extension') return undefined
    return this.#gone.find((member) => member.role === role && member.id === id)
  }

  /** Who uses an extension that starts late starts later still. */
  #needsLate({ planned }: Member): boolean {
    const late = this.#late.filter(isOf('extension')).map(({ id }) => id)
    return mentioned(planned.config, new Set(late)).size > 0
  }

  /** Ends predecessors, users before what they use, and starts those that waited for that. */
  async #handOver(): Promise<void> {
    const predecessors = this.#late.map((member) => this.#predecessor(member))
    for (const member of predecessors.toReversed()) if (member) await this.#end([member])
    for (const member of this.#late) await this.#startAnew(member)
  }

  /** What failed to start once is not started again: another one is made. */
  async #startAnew(member: Member): Promise<void> {
    const { id, planned } = member
    await this.#end([member])
    if (planned.role === 'extension') {
      const part = rebuildExtension(planned, this.#plan, this.#surroundings)
      this.next.extensions.set(id, part)
      return part.member.start()
    }
    const end = this.next.exporters.get(id)
    if (planned.role !== 'exporter' || !end) throw new Error(`start a late ${planned.role}`)
    const { destination } = end
    const made = rebuildExporter(planned, this.#plan, this.#surroundings)
    this.next.exporters.set(id, { destination, ...made })
    await made.member.start()
    destination.resume(made.exporter)
  }

  async #endGone(gone: Parts): Promise<void> {
    for (const role of ['processor', 'connector', 'exporter'] as const) {
      await this.#end(this.#gone.filter(isOf(role)))
    }
    await landAll(gone, this.#timeoutMs)
    await this.#end(this.#gone.filter(isOf('extension')))
  }

  async #end(members: readonly Member[]): Promise<void> {
    const running = members.filter((member) => !this.#ended.has(member))
    await Promise.all(
      running.map(async (member) => {
        this.#ended.add(member)
        await member.shutdown(this.#timeoutMs)
        member.forget()
      }),
    )
  }
}

async function startReceivers(receivers: Iterable<Beginning>): Promise<void> {
  for (const { source, member } of receivers) {
    source.run()
    await member.start()
  }
}

const isOf =
  (role: Role) =>
  ({ planned }: { readonly planned: PlannedComponent }): boolean =>
    planned.role === role
