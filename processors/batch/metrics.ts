import { ITEM_BOUNDS } from '../../src/helpers/send_sizes.ts'
import { byteSize } from '../../src/pdata/batch_size.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { Histogram } from '../../src/telemetry/histogram.ts'
import type { Meter, MetricFacts } from '../../src/telemetry/meter.ts'

/**
 * Why a batch is handed on: enough items are there, or the oldest has waited long enough. As in the
 * Collector, what goes at the end is of the second, and what does not wait at all of the first.
 */
export type Trigger = 'size' | 'timeout'

/** Upper bounds as the Collector's batch processor has them: 128 B to 16 MiB. */
const BYTE_BOUNDS = Array.from({ length: 18 }, (_, i) => 128 * 2 ** i)

/** What the Collector's batch processor tells of itself, under the same names. */
export class BatchMetrics {
  readonly #items = new Histogram(ITEM_BOUNDS)
  readonly #bytes = new Histogram(BYTE_BOUNDS)
  readonly #triggered = { size: 0, timeout: 0 }
  readonly #countsBytes: boolean

  constructor(meter: Meter) {
    this.#countsBytes = meter.level === 'detailed'
    this.#registerSizes(meter)
    const reached = {
      name: 'otelcol_processor_batch_batch_size_trigger_send',
      description: 'Batches handed on because enough items were there.',
      unit: '{time}',
    }
    meter.counter(reached, (observe) => observe(this.#triggered.size))
    const waited = {
      name: 'otelcol_processor_batch_timeout_trigger_send',
      description: 'Batches handed on because their oldest item had waited long enough.',
      unit: '{time}',
    }
    meter.counter(waited, (observe) => observe(this.#triggered.timeout))
  }

  /** A batch is going to be handed on. */
  sending(batch: OtlpBatch, trigger: Trigger): void {
    this.#triggered[trigger]++
    this.#items.add(batch.itemCount)
    if (this.#countsBytes) this.#bytes.add(byteSize(batch))
  }

  #registerSizes(meter: Meter): void {
    const items = {
      name: 'otelcol_processor_batch_batch_send_size',
      description: 'Items in a batch that is handed on.',
      unit: '{unit}',
    }
    register(meter, items, this.#items)
    const bytes = {
      name: 'otelcol_processor_batch_batch_send_size_bytes',
      description: 'Bytes of a batch that is handed on, as an OTLP request.',
      unit: 'By',
      level: 'detailed',
    } as const
    register(meter, bytes, this.#bytes)
  }
}

function register(meter: Meter, facts: MetricFacts, histogram: Histogram): void {
  meter.histogram(facts, (observe) => {
    const { distribution } = histogram
    if (distribution) observe(distribution)
  })
}
