import { Histogram } from '../../src/telemetry/histogram.ts'
import type { Meter, MetricAttributes } from '../../src/telemetry/meter.ts'

/** Bounds of the Collector's histogram, in milliseconds. */
const LATENCY_BOUNDS = [0, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
/** Endpoints that are gone of which counts are kept. */
const MAX_ENDPOINTS = 1000

/** Why what waited for an endpoint went to the others. */
export type LostReason = 'removed' | 'failing'

/** What was counted of one endpoint. */
class EndpointCounts {
  readonly latency = new Histogram(LATENCY_BOUNDS)
  readonly outcomes = { true: 0, false: 0 }
  readonly moved: Record<LostReason, number> = { removed: 0, failing: 0 }
}

/** What the Collector's load balancing exporter tells of itself, under the same names. */
export class LoadBalancingMetrics {
  readonly #endpoints = new Map<string, EndpointCounts>()
  readonly #resolutions = { true: 0, false: 0 }
  #updates = 0
  #backends = 0

  constructor(meter: Meter, resolver: string, lost: () => number) {
    this.#registerResolver(meter, resolver)
    this.#registerEndpoints(meter)
    const facts = {
      name: 'waggle.load_balancing.lost_endpoints',
      description: 'Endpoints that get nothing now because sending to them keeps failing.',
      unit: '{endpoint}',
    }
    meter.gauge(facts, (observe) => observe(lost()))
  }

  /** The resolver was asked. */
  resolved(success: boolean): void {
    this.#resolutions[`${success}`]++
  }

  /** The list of endpoints is another one now. */
  updated(backends: number): void {
    this.#updates++
    this.#backends = backends
  }

  /** An attempt at an endpoint is over. */
  attempted(endpoint: string, success: boolean, ms: number): void {
    const counts = this.#of(endpoint)
    counts.outcomes[`${success}`]++
    counts.latency.add(ms)
  }

  /** Items that waited for an endpoint were taken by others. */
  moved(endpoint: string, reason: LostReason, items: number): void {
    this.#of(endpoint).moved[reason] += items
  }

  #of(endpoint: string): EndpointCounts {
    const known = this.#endpoints.get(endpoint)
    if (known) return known
    if (this.#endpoints.size >= MAX_ENDPOINTS) {
      for (const oldest of this.#endpoints.keys()) {
        this.#endpoints.delete(oldest)
        break
      }
    }
    const made = new EndpointCounts()
    this.#endpoints.set(endpoint, made)
    return made
  }

  #registerResolver(meter: Meter, resolver: string): void {
    const backends = {
      name: 'otelcol_loadbalancer_num_backends',
      description: 'Endpoints that the resolver tells of.',
      unit: '{backends}',
    }
    meter.gauge(backends, (observe) => observe(this.#backends, { resolver }))
    const updates = {
      name: 'otelcol_loadbalancer_num_backend_updates',
      description: 'How often the list of endpoints has changed.',
      unit: '{updates}',
    }
    meter.counter(updates, (observe) => observe(this.#updates, { resolver }))
    const resolutions = {
      name: 'otelcol_loadbalancer_num_resolutions',
      description: 'How often the resolver was asked.',
      unit: '{resolutions}',
    }
    meter.counter(resolutions, (observe) => {
      for (const [success, count] of Object.entries(this.#resolutions)) {
        if (count > 0) observe(count, { resolver, success })
      }
    })
  }

  #registerEndpoints(meter: Meter): void {
    const latency = {
      name: 'otelcol_loadbalancer_backend_latency',
      description: 'How long attempts at an endpoint take.',
      unit: 'ms',
    }
    meter.histogram(latency, (observe) => {
      for (const [endpoint, counts] of this.#endpoints) {
        const { distribution } = counts.latency
        if (distribution) observe(distribution, { endpoint })
      }
    })
    const outcome = {
      name: 'otelcol_loadbalancer_backend_outcome',
      description: 'Attempts at an endpoint, by whether it took the request.',
      unit: '{outcomes}',
    }
    meter.counter(outcome, (observe) => this.#each('outcomes', 'success', observe))
    const moved = {
      name: 'waggle.load_balancing.moved',
      description: 'Items that waited for an endpoint and went to others when that was lost.',
      unit: '{item}',
    }
    meter.counter(moved, (observe) => this.#each('moved', 'reason', observe))
  }

  #each(
    field: 'outcomes' | 'moved',
    key: string,
    observe: (value: number, attributes: MetricAttributes) => void,
  ): void {
    for (const [endpoint, counts] of this.#endpoints) {
      for (const [value, count] of Object.entries(counts[field])) {
        if (count > 0) observe(count, { endpoint, [key]: value })
      }
    }
  }
}
