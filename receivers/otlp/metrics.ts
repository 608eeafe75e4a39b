import type { AuthRefusal } from '../../src/component/auth.ts'
import type { Meter } from '../../src/telemetry/meter.ts'

/** How requests come in. */
export type Protocol = 'grpc' | 'http'

/** What became of a request, in the Collector's words. */
export type RequestOutcome = 'success' | 'refused' | 'failure'

interface Tally {
  success: number
  refused: number
  failure: number
  gone: number
  readonly unauthenticated: Map<AuthRefusal, number>
  wireBytes: number
  bytes: number
}

/** What the receiver tells of its requests. */
export class RequestMetrics {
  readonly #tallies: Readonly<Record<Protocol, Tally>> = { grpc: noTally(), http: noTally() }
  readonly #ends: (() => void)[]

  /** @param pending bytes of requests that are being read or wait for an answer */
  constructor(meter: Meter, pending: () => number) {
    this.#ends = [
      meter.counter(
        {
          name: 'otelcol_receiver_requests',
          description: 'Requests by what became of them.',
          unit: '{request}',
        },
        (observe) => {
          for (const [transport, tally] of this.#used()) {
            for (const outcome of ['success', 'refused', 'failure'] as const) {
              observe(tally[outcome], { transport, outcome })
            }
          }
        },
      ),
      meter.counter(
        {
          name: 'waggle.receiver.abandoned_requests',
          description: 'Requests whose client went away before the answer.',
          unit: '{request}',
        },
        (observe) => {
          for (const [transport, { gone }] of this.#used()) observe(gone, { transport })
        },
      ),
      meter.counter(
        {
          name: 'waggle.receiver.unauthenticated_requests',
          description: 'Requests of clients that were not let in.',
          unit: '{request}',
        },
        (observe) => {
          for (const [transport, { unauthenticated }] of this.#used()) {
            for (const [reason, requests] of unauthenticated)
              observe(requests, { transport, reason })
          }
        },
      ),
      meter.gauge(
        {
          name: 'waggle.receiver.pending',
          description: 'Bytes of requests that are being read or wait for the pipelines.',
          unit: 'By',
        },
        (observe) => observe(pending()),
      ),
      ...this.#sizes(meter),
    ]
  }

  /** A request was answered. */
  answered(transport: Protocol, outcome: RequestOutcome): void {
    this.#tallies[transport][outcome]++
  }

  /** A client was not let in. */
  unauthenticated(transport: Protocol, reason: AuthRefusal): void {
    const { unauthenticated } = this.#tallies[transport]
    unauthenticated.set(reason, (unauthenticated.get(reason) ?? 0) + 1)
  }

  /** A client went away before its answer. */
  gone(transport: Protocol): void {
    this.#tallies[transport].gone++
  }

  /** A body came in. */
  received(transport: Protocol, wireBytes: number, bytes: number): void {
    const tally = this.#tallies[transport]
    tally.wireBytes += wireBytes
    tally.bytes += bytes
  }

  /** Ends them. */
  close(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  #sizes(meter: Meter): (() => void)[] {
    const sizes = [
      ['wire_size', 'Bytes of request bodies as they came in.', 'wireBytes'],
      ['size', 'Bytes of request bodies without their compression.', 'bytes'],
    ] as const
    return sizes.map(([name, description, key]) =>
      meter.counter(
        { name: `waggle.receiver.request.${name}`, description, unit: 'By', level: 'detailed' },
        (observe) => {
          for (const [transport, tally] of this.#used()) observe(tally[key], { transport })
        },
      ),
    )
  }

  #used(): [Protocol, Tally][] {
    const all = Object.entries(this.#tallies) as [Protocol, Tally][]
    return all.filter(([, { success, refused, failure, gone }]) => {
      return success + refused + failure + gone > 0
    })
  }
}

function noTally(): Tally {
  return {
    success: 0,
    refused: 0,
    failure: 0,
    gone: 0,
    unauthenticated: new Map(),
    wireBytes: 0,
    bytes: 0,
  }
}
