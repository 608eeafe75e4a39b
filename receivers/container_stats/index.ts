import { defineReceiver } from '../../src/component/component.ts'
import { containerStatsConfig } from './config.ts'
import { ContainerStatsReceiver } from './receiver.ts'

/** What every container of the node uses. */
export const containerStats = defineReceiver({
  type: 'container_stats',
  summary: 'Reads CPU, memory, block I/O, threads and network of every container from its cgroup.',
  stability: 'alpha',
  config: containerStatsConfig,
  produces: ['metrics'],
  create: (settings, config) => new ContainerStatsReceiver(settings, config),
})
