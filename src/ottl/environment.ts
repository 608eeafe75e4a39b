import {
  EXPONENTIAL,
  HISTOGRAM,
  METRIC,
  METRIC_DATA,
  NUMBER,
  SUMMARY,
} from '../pdata/otlp_metrics.ts'
import { LOG } from '../pdata/otlp_logs.ts'
import { EVENT, SPAN } from '../pdata/otlp_traces.ts'
import { MessageDraft, type MessageType } from './message_draft.ts'
import type { Value } from './values.ts'

/** What statements can be about. */
export const CONTEXTS = [
  'resource',
  'scope',
  'span',
  'spanevent',
  'metric',
  'datapoint',
  'log',
] as const
/** One of the things that statements can be about. */
export type Context = (typeof CONTEXTS)[number]

/** What a path of each context can begin with: itself, and what it lies in. */
export const VISIBLE: Readonly<Record<Context, readonly Context[]>> = {
  resource: ['resource'],
  scope: ['scope', 'resource'],
  span: ['span', 'scope', 'resource'],
  spanevent: ['spanevent', 'span', 'scope', 'resource'],
  metric: ['metric', 'scope', 'resource'],
  datapoint: ['datapoint', 'metric', 'scope', 'resource'],
  log: ['log', 'scope', 'resource'],
}

/** A message without attributes. */
export const PLAIN: MessageType = { attributes: 0 }

/** Field numbers of `Resource` and `InstrumentationScope`. */
export const RESOURCE = { attributes: 1, droppedAttributes: 2 } as const
/** See `RESOURCE`. */
export const SCOPE = { name: 1, version: 2, attributes: 3, droppedAttributes: 4 } as const

/** The data types of metrics, by the field that holds them; their place is OTTL's number. */
export const DATA_FIELDS = [
  0,
  METRIC_DATA.gauge,
  METRIC_DATA.sum,
  METRIC_DATA.histogram,
  METRIC_DATA.exponential_histogram,
  METRIC_DATA.summary,
] as const

const POINT_TYPES = new Map<number, MessageType>([
  [METRIC_DATA.gauge, { attributes: NUMBER.attributes }],
  [METRIC_DATA.sum, { attributes: NUMBER.attributes }],
  [METRIC_DATA.histogram, { attributes: HISTOGRAM.attributes }],
  [METRIC_DATA.exponential_histogram, { attributes: EXPONENTIAL.attributes }],
  [METRIC_DATA.summary, { attributes: SUMMARY.attributes }],
])

/**
 * What statements run on: the item that they are about and what it lies in, as drafts. One
 * environment serves all items, one after the other.
 */
export class Environment {
  readonly resource = new MessageDraft({ attributes: RESOURCE.attributes })
  readonly scope = new MessageDraft({ attributes: SCOPE.attributes })
  readonly span = new MessageDraft({ attributes: SPAN.attributes })
  readonly spanevent = new MessageDraft({ attributes: EVENT.attributes })
  readonly log = new MessageDraft({ attributes: LOG.attributes })
  readonly metric = new MessageDraft({ attributes: METRIC.metadata })
  /** Which event of its span it is. */
  eventIndex = 0
  /** The field of the metric that holds the data point: it says what fields the point has. */
  pointField = 0
  /** What statements keep for each other while they are about the same item. */
  readonly cache = new Map<string, Value>()
  readonly #points = new Map<number, MessageDraft>()

  /** The data point, with the fields of the metric's data type. */
  get datapoint(): MessageDraft {
    return this.pointDraft(this.pointField)
  }

  /** The draft for the data points of a metric whose data is in that field. */
  pointDraft(field: number): MessageDraft {
    const known = this.#points.get(field)
    if (known) return known
    const made = new MessageDraft(POINT_TYPES.get(field) ?? PLAIN)
    this.#points.set(field, made)
    return made
  }

  /** The field of the metric that holds its data, 0 where there is none. */
  get dataField(): number {
    for (let type = 1; type < DATA_FIELDS.length; type++) {
      const field = DATA_FIELDS[type] as number
      if (this.metric.has(field)) return field
    }
    return 0
  }

  /** The metric's data, whose points are in its field 1. */
  get data(): MessageDraft | undefined {
    const field = this.dataField
    return field === 0 ? undefined : this.metric.child(field, PLAIN)
  }
}
