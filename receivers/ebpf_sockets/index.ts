import { defineReceiver } from '../../src/component/component.ts'
import { ebpfSocketsConfig } from './config.ts'
import { ebpfSocketsRequirements } from './preflight.ts'
import { EbpfSocketsReceiver } from './receiver.ts'

/** Every TCP connection of the node: its life and its health. */
export const ebpfSockets = defineReceiver({
  type: 'ebpf_sockets',
  summary: 'Follows the life and health of every TCP connection on the node, through eBPF.',
  stability: 'alpha',
  config: ebpfSocketsConfig,
  produces: ['observations'],
  preflight: ebpfSocketsRequirements,
  create: (settings, config) => new EbpfSocketsReceiver(settings, config),
})
