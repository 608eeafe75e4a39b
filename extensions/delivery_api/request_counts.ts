import type { Meter } from '../../src/telemetry/meter.ts'

/** How many requests were answered how. */
export class RequestCounts {
  readonly #counts = new Map<string, { route: string; code: string; requests: number }>()

  constructor(meter: Meter) {
    meter.counter(
      {
        name: 'waggle.delivery_api.requests',
        description: 'Requests that were answered, by route and HTTP status.',
        unit: '{request}',
      },
      (observe) => {
        for (const { route, code, requests } of this.#counts.values())
          observe(requests, { route, code })
      },
    )
  }

  /** @param route one of a fixed list: a path with its parameters in braces */
  count(route: string, status: number): void {
    const key = `${route} ${status}`
    const known = this.#counts.get(key) ?? { route, code: String(status), requests: 0 }
    known.requests++
    this.#counts.set(key, known)
  }
}
