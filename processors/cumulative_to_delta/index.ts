import { defineProcessor } from '../../src/component/component.ts'
import { cumulativeToDeltaConfig } from './config.ts'
import { CumulativeToDeltaProcessor } from './processor.ts'

/** Turns cumulative sums and histograms into what was added since the point before. */
export const cumulativeToDelta = defineProcessor({
  type: 'cumulative_to_delta',
  aliases: ['cumulativetodelta'],
  summary: 'Turns cumulative sums and histograms into what was added since the point before.',
  stability: 'alpha',
  config: cumulativeToDeltaConfig,
  conversions: [{ from: 'metrics', to: 'metrics' }],
  create: (settings, config) => new CumulativeToDeltaProcessor(settings, config),
})
