import { defineProcessor } from '../../src/component/component.ts'
import { resourceDetectionConfig } from './config.ts'
import { ResourceDetectionProcessor } from './processor.ts'

/** Adds to resources where the agent runs: host, container, cloud, cluster. */
export const resourceDetection = defineProcessor({
  type: 'resource_detection',
  aliases: ['resourcedetection'],
  summary: 'Adds to resources where the agent runs: host, container, cloud, cluster.',
  stability: 'alpha',
  config: resourceDetectionConfig,
  conversions: [
    { from: 'traces', to: 'traces' },
    { from: 'metrics', to: 'metrics' },
    { from: 'logs', to: 'logs' },
  ],
  create: (settings, config) => new ResourceDetectionProcessor(settings, config),
})
