import type { Meter } from '../../src/telemetry/meter.ts'
import type { ObjectChange } from './change_record.ts'

/** Why a change is not handed on. */
const REASONS = ['other_kind', 'event_expired', 'unchanged'] as const
type Reason = (typeof REASONS)[number]

/** Leaves out changes that say nothing, and counts them. */
export class LeftOut {
  readonly #kinds: ReadonlySet<string>
  readonly #counts = new Map<Reason, number>(REASONS.map((reason) => [reason, 0]))

  /** @param kinds events about objects of other kinds are left out; none are where it is empty */
  constructor(meter: Meter, kinds: readonly string[]) {
    this.#kinds = new Set(kinds)
    const name = 'waggle.k8s_watch.left_out'
    const description = 'Changes that were seen and not handed on, by reason.'
    meter.counter({ name, description, unit: '{change}' }, (observe) => {
      for (const [reason, count] of this.#counts) observe(count, { reason })
    })
  }

  /** True for what is not handed on. */
  count(change: ObjectChange): boolean {
    const reason = this.#reasonOf(change)
    if (reason === undefined) return false
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
    return true
  }

  #reasonOf(change: ObjectChange): Reason | undefined {
    const { facts } = change.type === 'VANISHED' ? change.kept : change.object
    if (facts.kind === 'Event') {
      if (this.#kinds.size > 0 && !this.#kinds.has(facts.about.kind)) return 'other_kind'
      // The API server forgets events after an hour: nothing happened then.
      if (change.type === 'VANISHED' || change.type === 'DELETED') return 'event_expired'
    }
    if (change.type !== 'MODIFIED') return undefined
    return change.before?.digest === change.object.digest ? 'unchanged' : undefined
  }
}
