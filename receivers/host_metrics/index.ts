import { defineReceiver } from '../../src/component/component.ts'
import { hostMetricsConfig } from './config.ts'
import { HostMetricsReceiver } from './receiver.ts'

/** CPU, memory, disks, filesystems, network and processes of the host. */
export const hostMetrics = defineReceiver({
  type: 'host_metrics',
  aliases: ['hostmetrics'],
  summary: 'Reads CPU, memory, disks, filesystems, network and processes of the host.',
  stability: 'alpha',
  config: hostMetricsConfig,
  produces: ['metrics'],
  create: (settings, config) => new HostMetricsReceiver(settings, config),
})
