import { randomBytes } from 'node:crypto'
import { Subject } from 'rxjs'
import {
  Resource,
  SPAN_KIND,
  STATUS_CODE,
  SpanArray,
  Traces,
  countedDelivery,
  defineReceiver,
  duration,
  z,
} from 'waggle/component'

const config = z.strictObject({
  interval: duration({ min: '1ms' }).prefault('1s').describe('Time from one beat to the next.'),
  service_name: z.string().min(1).default('heartbeat').describe('The `service.name` of the spans.'),
})

/** Emits a span at a fixed interval. */
export const heartbeat = defineReceiver({
  type: 'heartbeat',
  summary: 'Emits a span at a fixed interval.',
  stability: 'alpha',
  config,
  produces: ['traces'],
  create: (settings, options) => new HeartbeatReceiver(settings, options),
})

/** @implements {Receiver} */
class HeartbeatReceiver {
  /** @type {Subject<Batch>} */
  #batches = new Subject()
  #resource
  #settings
  #interval
  /** @type {NodeJS.Timeout | undefined} */
  #timer
  #beats = 0

  /**
   * @param {Settings} settings
   * @param {import('waggle/component').z.output<typeof config>} options
   */
  constructor(settings, { interval, service_name }) {
    this.#settings = settings
    this.#interval = interval
    this.#resource = new Resource({ 'service.name': service_name })
  }

  get batches$() {
    return this.#batches.asObservable()
  }

  async start() {
    this.#timer = setInterval(() => this.#beat(), this.#interval)
  }

  /** May be called twice, and before `start`. */
  async shutdown() {
    clearInterval(this.#timer)
    this.#batches.complete()
  }

  #beat() {
    const { counters, version } = this.#settings
    counters.countIn(1)
    const scope = { name: 'heartbeat', version }
    const spans = new SpanArray([beat(++this.#beats)])
    // Tells the counters what became of the batch.
    const delivery = countedDelivery(counters, 1)
    this.#batches.next(new Traces([{ resource: this.#resource, scope, spans }], delivery))
  }
}

/**
 * Every other beat takes a millisecond, the others ten.
 *
 * @param {number} number
 * @returns {import('waggle/component').Span}
 */
function beat(number) {
  const startNs = BigInt(Date.now()) * 1_000_000n
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    parentSpanId: '',
    traceState: '',
    flags: 1,
    name: `beat ${number}`,
    kind: SPAN_KIND.internal,
    startNs,
    endNs: startNs + (number % 2 === 0 ? 10_000_000n : 1_000_000n),
    attributes: { 'heartbeat.number': number },
    events: [],
    status: { code: STATUS_CODE.ok, message: '' },
  }
}

/**
 * @typedef {import('waggle/component').Batch} Batch
 *
 * @typedef {import('waggle/component').Receiver} Receiver
 *
 * @typedef {import('waggle/component').Settings} Settings
 */
