import type { Role } from '../component/component.ts'
import { describeError } from '../component/errors.ts'
import type { Lifecycle } from '../component/lifecycle.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { OwnedMeter } from '../telemetry/meter.ts'
import type { StatusEntry } from './status_board.ts'
import { within } from './within.ts'

/** What a member has of its own. */
export interface MemberOptions {
  readonly log: Logger
  readonly meter: OwnedMeter
  readonly status: StatusEntry
}

/** A component that a graph starts and ends. */
export class Member {
  readonly role: Role
  readonly id: string
  readonly #lifecycle: Lifecycle
  readonly #log: Logger
  readonly #meter: OwnedMeter
  readonly #status: StatusEntry

  constructor(
    role: Role,
    id: string,
    lifecycle: Lifecycle,
    { log, meter, status }: MemberOptions,
  ) {
    this.role = role
    this.id = id
    this.#lifecycle = lifecycle
    this.#log = log
    this.#meter = meter
    this.#status = status
  }

  /** Starts it. Rejects with `start exporter otlp_grpc`, the reason as its cause. */
  async start(): Promise<void> {
    this.#status.enter('starting')
    try {
      await this.#lifecycle.start?.()
      this.#status.started()
    } catch (cause) {
      this.#status.permanent(describeError(cause))
      throw new Error(`start ${this.role} ${this.id}`, { cause })
    }
  }

  /** Ends it, waiting `ms` milliseconds at most. Never rejects: what goes wrong is logged. */
  async shutdown(ms: number): Promise<void> {
    this.#status.enter('stopping')
    try {
      if (await within(ms, this.#shutdown())) return
      this.#log.error({ waited_ms: ms }, 'Component does not shut down, given up.')
    } catch (error) {
      this.#log.error({ err: error }, 'Component failed to shut down.')
    } finally {
      this.#status.enter('stopped')
      this.#meter.close()
    }
  }

  async #shutdown(): Promise<void> {
    await this.#lifecycle.shutdown?.()
  }
}
