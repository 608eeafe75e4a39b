import type { Kind } from '../pdata/batch.ts'
import type { Meter } from '../telemetry/meter.ts'

/** A queue as its metrics see it. Sizes are in what the queue counts by. */
export interface ObservedQueue {
  readonly size: number
  readonly capacity: number
  /** False until something was offered: a queue for a kind that nobody sends is not shown. */
  readonly used: boolean
}

/** Registers how full a queue is, under the Collector's names. Returns what ends it. */
export function observeQueue(meter: Meter, kind: Kind, queue: ObservedQueue): () => void {
  const attributes = { data_type: kind }
  const size = meter.gauge(
    {
      name: 'otelcol_exporter_queue_size',
      description: 'What waits in the sending queue or is being sent.',
      unit: '{batch}',
    },
    (observe) => queue.used && observe(queue.size, attributes),
  )
  const capacity = meter.gauge(
    {
      name: 'otelcol_exporter_queue_capacity',
      description: 'What the sending queue can hold.',
      unit: '{batch}',
    },
    (observe) => queue.used && observe(queue.capacity, attributes),
  )
  return () => {
    size()
    capacity()
  }
}
