import type { Context } from '../../src/ottl/index.ts'

/** The sections of the options: what is counted. */
export type Counted = 'spans' | 'spanevents' | 'metrics' | 'datapoints' | 'logs'

/** What is counted unless the options say otherwise; names and descriptions are the Collector's. */
export const DEFAULTS: Readonly<
  Record<Counted, { context: Context; items: string; name: string; description: string }>
> = {
  spans: {
    context: 'span',
    items: 'spans',
    name: 'trace.span.count',
    description: 'The number of spans observed.',
  },
  spanevents: {
    context: 'spanevent',
    items: 'events of spans',
    name: 'trace.span.event.count',
    description: 'The number of span events observed.',
  },
  metrics: {
    context: 'metric',
    items: 'metrics',
    name: 'metric.count',
    description: 'The number of metrics observed.',
  },
  datapoints: {
    context: 'datapoint',
    items: 'data points',
    name: 'metric.datapoint.count',
    description: 'The number of data points observed.',
  },
  logs: {
    context: 'log',
    items: 'log records',
    name: 'log.record.count',
    description: 'The number of log records observed.',
  },
}
