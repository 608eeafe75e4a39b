import type { Role } from '../component/component.ts'
import type { Lifecycle } from '../component/lifecycle.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { OwnedMeter } from '../telemetry/meter.ts'
import { within } from './within.ts'

/** A component that a graph starts and ends. */
export class Member {
  readonly role: Role
  readonly id: string
  readonly #lifecycle: Lifecycle
  readonly #log: Logger
  readonly #meter: OwnedMeter

  constructor(
    role: Role,
    id: string,
    lifecycle: Lifecycle,
    { log, meter }: { readonly log: Logger; readonly meter: OwnedMeter },
  ) {
    this.role = role
    this.id = id
    this.#lifecycle = lifecycle
    this.#log = log
    this.#meter = meter
  }

  /** Starts it. Rejects with `start exporter otlp_grpc`, the reason as its cause. */
  async start(): Promise<void> {
    try {
      await this.#lifecycle.start?.()
    } catch (cause) {
      throw new Error(`start ${this.role} ${this.id}`, { cause })
    }
  }

  /** Ends it, waiting `ms` milliseconds at most. Never rejects: what goes wrong is logged. */
  async shutdown(ms: number): Promise<void> {
    try {
      if (await within(ms, this.#shutdown())) return
      this.#log.error({ waited_ms: ms }, 'Component does not shut down, given up.')
    } catch (error) {
      this.#log.error({ err: error }, 'Component failed to shut down.')
    } finally {
      this.#meter.close()
    }
  }

  async #shutdown(): Promise<void> {
    await this.#lifecycle.shutdown?.()
  }
}
