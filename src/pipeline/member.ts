import type { Role } from '../component/component.ts'
import { describeError } from '../component/errors.ts'
import type { Lifecycle } from '../component/lifecycle.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { OwnedMeter } from '../telemetry/meter.ts'
import type { CollectorHost } from './collector_host.ts'
import type { PlannedComponent } from './plan.ts'
import type { StatusEntry } from './status_board.ts'
import { within } from './within.ts'

/** What a member has beside its component. */
export interface MemberOptions {
  readonly log: Logger
  readonly meter: OwnedMeter
  readonly status: StatusEntry
  /** Where it is told of. */
  readonly host: CollectorHost
}

/** A component that a graph starts and ends. */
export class Member {
  readonly planned: PlannedComponent
  readonly #lifecycle: Lifecycle
  readonly #options: MemberOptions

  constructor(planned: PlannedComponent, lifecycle: Lifecycle, options: MemberOptions) {
    this.planned = planned
    this.#lifecycle = lifecycle
    this.#options = options
    options.host.board.add(options.status)
  }

  get role(): Role {
    return this.planned.role
  }

  get id(): string {
    return this.planned.id
  }

  /** Starts it. Rejects with `start exporter otlp_grpc`, the reason as its cause. */
  async start(): Promise<void> {
    const { status, host } = this.#options
    status.enter('starting')
    try {
      await this.#lifecycle.start?.()
      status.started()
      if (this.role === 'extension') host.setExtension(this.id, this.#lifecycle)
    } catch (cause) {
      status.permanent(describeError(cause))
      throw new Error(`start ${this.role} ${this.id}`, { cause })
    }
  }

  /** Ends it, waiting `ms` milliseconds at most. Never rejects: what goes wrong is logged. */
  async shutdown(ms: number): Promise<void> {
    const { status, log, meter } = this.#options
    status.enter('stopping')
    try {
      if (await within(ms, this.#shutdown())) return
      log.error({ waited_ms: ms }, 'Component does not shut down, given up.')
    } catch (error) {
      log.error({ err: error }, 'Component failed to shut down.')
    } finally {
      status.enter('stopped')
      meter.close()
    }
  }

  /** Nobody is told of it any more: the graph goes on without it. */
  forget(): void {
    const { host, status, meter } = this.#options
    meter.close()
    host.board.remove(status)
    if (this.role === 'extension') host.removeExtension(this.id, this.#lifecycle)
  }

  async #shutdown(): Promise<void> {
    await this.#lifecycle.shutdown?.()
  }
}
