import type { Observable } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { OtlpConfig } from './config.ts'
import { GrpcServer, type ProtocolServer } from './grpc_server.ts'
import { HttpServer } from './http_server.ts'
import { Intake } from './intake.ts'
import { within } from './within.ts'

const MIB = 1024 * 1024
/** How long requests that have begun may take to come in after the end, in milliseconds. */
const READ_MS = 1_000
/** How long the pipelines may take for what came in, in milliseconds. */
const ANSWER_MS = 5_000

/** Takes OTLP over gRPC and HTTP, and answers each request with what became of it. */
export class OtlpReceiver implements Receiver {
  readonly #intake: Intake
  readonly #servers: readonly ProtocolServer[]
  readonly #clock: Clock
  #starting: Promise<void> | undefined
  #ended: Promise<void> | undefined

  constructor(
    settings: Settings,
    { protocols: { grpc, http }, max_pending_mib }: OtlpConfig,
    clock: Clock = systemClock,
  ) {
    this.#clock = clock
    this.#intake = new Intake(settings, max_pending_mib * MIB)
    const { log, id, host } = settings
    const parts = { intake: this.#intake, host, log, clock }
    const option = `receivers.${id}.protocols`
    this.#servers = [
      ...(grpc ? [new GrpcServer(grpc, { ...parts, option: `${option}.grpc` })] : []),
      ...(http ? [new HttpServer(http, { ...parts, option: `${option}.http` })] : []),
    ]
  }

  get batches$(): Observable<Batch> {
    return this.#intake.batches$
  }

  async start(): Promise<void> {
    if (this.#ended) return
    this.#starting = this.#startAll()
    await this.#starting
  }

  shutdown(): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  async #startAll(): Promise<void> {
    for (const server of this.#servers) await server.start()
  }

  /**
   * No new requests; those that have begun are read and answered. The pipelines learn that nothing
   * more comes before their answers are waited for: a processor that gathers hands on then.
   */
  async #end(): Promise<void> {
    await this.#starting?.catch(() => {})
    for (const server of this.#servers) server.stopTaking()
    await within(this.#clock, READ_MS, this.#intake.allRead())
    this.#intake.complete()
    await within(this.#clock, ANSWER_MS, this.#intake.allEnded())
    await Promise.all(this.#servers.map((server) => server.end()))
    this.#intake.close()
  }
}
