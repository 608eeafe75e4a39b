import type { Kind } from '../pdata/batch.ts'
import type { Meter } from '../telemetry/meter.ts'
import type { SendingStore } from './sending_store.ts'

/** A queue as its metrics see it. Sizes are in what the queue counts by. */
export interface ObservedQueue {
  readonly size: number
  readonly capacity: number
  /** Requests that are being sent, or wait to be sent again. */
  readonly inFlight: number
  /** False until something was offered: a queue for a kind that nobody sends is not shown. */
  readonly used: boolean
  /** What keeps the queue; undefined where nothing does. */
  readonly store: Pick<SendingStore, 'facts' | 'recovered'> | undefined
}

/** One value of a queue's. */
interface QueueValue {
  readonly type: 'gauge' | 'counter'
  readonly name: string
  readonly description: string
  readonly unit: string
  /** Undefined where the queue has no such value. */
  readonly read: (queue: ObservedQueue) => number | undefined
}

const VALUES: readonly QueueValue[] = [
  {
    type: 'gauge',
    name: 'otelcol_exporter_queue_size',
    description: 'What waits in the sending queue or is being sent.',
    unit: '{batch}',
    read: ({ size }) => size,
  },
  {
    type: 'gauge',
    name: 'otelcol_exporter_queue_capacity',
    description: 'What the sending queue can hold.',
    unit: '{batch}',
    read: ({ capacity }) => capacity,
  },
  {
    type: 'gauge',
    name: 'otelcol_exporter_in_flight_requests',
    description: 'Requests that are being sent, or wait to be sent again.',
    unit: '{request}',
    read: ({ inFlight }) => inFlight,
  },
  {
    type: 'gauge',
    name: 'waggle.exporter.storage.size',
    description: 'What the files of the sending queue take of the disk.',
    unit: 'By',
    read: ({ store }) => store?.facts?.bytes,
  },
  {
    type: 'counter',
    name: 'waggle.exporter.storage.damaged',
    description: 'Damaged stretches that were found in the files of the sending queue.',
    unit: '{stretch}',
    read: ({ store }) => store?.facts?.damaged,
  },
  {
    type: 'counter',
    name: 'waggle.exporter.storage.recovered',
    description: 'Items that an earlier process had kept and that were taken over.',
    unit: '{item}',
    read: ({ store }) => store?.recovered.items,
  },
  {
    type: 'counter',
    name: 'waggle.exporter.storage.possible_duplicates',
    description: 'Of the items taken over, those that were being sent when that process ended.',
    unit: '{item}',
    read: ({ store }) => store?.recovered.duplicates,
  },
]

/**
 * Registers what a queue can tell, under the Collector's names where it has one. Returns what ends it.
 */
export function observeQueue(meter: Meter, kind: Kind, queue: ObservedQueue): () => void {
  const attributes = { data_type: kind }
  const ends = VALUES.map(({ type, read, ...facts }) =>
    meter[type](facts, (observe) => {
      const value = queue.used ? read(queue) : undefined
      if (value !== undefined) observe(value, attributes)
    }),
  )
  return () => {
    for (const end of ends) end()
  }
}
