import type { Kind } from '../pdata/batch.ts'
import { Histogram } from '../telemetry/histogram.ts'
import type { Meter, MetricFacts } from '../telemetry/meter.ts'

/** Upper bounds of numbers of items as the Collector's batchers have them. */
export const ITEM_BOUNDS = [
  10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000,
  20_000, 30_000, 50_000, 100_000,
]
const KIB = 1024
const BYTE_BOUNDS = [1, 4, 16, 64, 256, 512, 1024, 2048, 4096, 8192, 16_384].map((kib) => kib * KIB)

/** How large the requests are that are sent. */
export class SendSizes {
  readonly #items = new Histogram(ITEM_BOUNDS)
  readonly #bytes = new Histogram(BYTE_BOUNDS)
  readonly #isWanted: boolean

  constructor(meter: Meter, kind: Kind) {
    this.#isWanted = meter.level === 'detailed'
    const name = 'otelcol_exporter_queue_batch_send_size'
    const items = { name, description: 'Items in a request that is sent.', unit: '{item}' }
    register(meter, items, kind, this.#items)
    const description = 'Bytes of a request that is sent, before compression.'
    register(meter, { name: `${name}_bytes`, description, unit: 'By' }, kind, this.#bytes)
  }

  /** A request is going to be sent. */
  add(items: number, bytes: number): void {
    if (!this.#isWanted) return
    this.#items.add(items)
    this.#bytes.add(bytes)
  }
}

function register(meter: Meter, facts: MetricFacts, kind: Kind, histogram: Histogram): void {
  meter.histogram({ ...facts, level: 'detailed' }, (observe) => {
    const { distribution } = histogram
    if (distribution) observe(distribution, { data_type: kind })
  })
}
