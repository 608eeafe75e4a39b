import { defineProcessor } from '../../src/component/component.ts'
import { groupByAttrsConfig } from './config.ts'
import { GroupByAttrsProcessor } from './processor.ts'

/** Moves attributes from spans, data points and log records to their resource, and groups them by it. */
export const groupByAttrs = defineProcessor({
  type: 'group_by_attrs',
  aliases: ['groupbyattrs'],
  summary:
    'Moves attributes from spans, data points and log records to their resource, and groups them by it.',
  stability: 'alpha',
  config: groupByAttrsConfig,
  conversions: [
    { from: 'traces', to: 'traces' },
    { from: 'metrics', to: 'metrics' },
    { from: 'logs', to: 'logs' },
  ],
  create: (_settings, config) => new GroupByAttrsProcessor(config),
})
