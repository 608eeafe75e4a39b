import type { Role } from '../component/component.ts'
import type { ComponentState, ComponentStatus, StatusReporter } from '../component/status.ts'

/** States in which a component may tell how it fares. */
const TELLING: ReadonlySet<ComponentState> = new Set(['starting', 'ok', 'recoverable_error'])

/** How one component fares: its graph tells of its start and end, itself of what lies between. */
export class StatusEntry implements StatusReporter {
  readonly role: Role
  readonly id: string
  readonly pipeline: string
  readonly #now: () => number
  #state: ComponentState = 'none'
  #error = ''
  #sinceMs: number

  constructor(role: Role, id: string, pipeline: string, now: () => number) {
    this.role = role
    this.id = id
    this.pipeline = pipeline
    this.#now = now
    this.#sinceMs = now()
  }

  /** The graph begins to start or to end it, or has done so, or cannot go on because of it. */
  enter(state: 'starting' | 'stopping' | 'stopped' | 'fatal_error', error = ''): void {
    this.#change(state, error)
  }

  ok(): void {
    if (TELLING.has(this.#state)) this.#change('ok', '')
  }

  recoverable(error: string): void {
    if (TELLING.has(this.#state)) this.#change('recoverable_error', error)
  }

  permanent(error: string): void {
    if (TELLING.has(this.#state)) this.#change('permanent_error', error)
  }

  /** It has been started: it works, unless it has said otherwise meanwhile. */
  started(): void {
    if (this.#state === 'starting') this.#change('ok', '')
  }

  /** How it fares now. */
  get status(): ComponentStatus {
    const { role, id, pipeline } = this
    return { role, id, pipeline, state: this.#state, error: this.#error, sinceMs: this.#sinceMs }
  }

  #change(state: ComponentState, error: string): void {
    if (state !== this.#state) this.#sinceMs = this.#now()
    this.#state = state
    this.#error = error
  }
}

/** How every component of a collector fares. */
export class StatusBoard {
  readonly #entries = new Set<StatusEntry>()
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** The entry of a component that is made now; the pipeline is that of a processor. */
  entry(role: Role, id: string, pipeline = ''): StatusEntry {
    return new StatusEntry(role, id, pipeline, this.#now)
  }

  /** A component that has been made. */
  add(entry: StatusEntry): void {
    this.#entries.add(entry)
  }

  /** A component that is gone. */
  remove(entry: StatusEntry): void {
    this.#entries.delete(entry)
  }

  /** All components, in the order in which they were made. */
  all(): ComponentStatus[] {
    return [...this.#entries].map(({ status }) => status)
  }
}
