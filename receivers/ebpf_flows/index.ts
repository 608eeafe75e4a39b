import { defineReceiver } from '../../src/component/component.ts'
import { ebpfFlowsConfig } from './config.ts'
import { ebpfFlowsRequirements } from './preflight.ts'
import { EbpfFlowsReceiver } from './receiver.ts'

/** Bytes and packets of every flow of every socket of the node. */
export const ebpfFlows = defineReceiver({
  type: 'ebpf_flows',
  summary: 'Counts bytes and packets of every TCP and UDP flow on the node, once at each end.',
  stability: 'alpha',
  config: ebpfFlowsConfig,
  produces: ['observations'],
  preflight: ebpfFlowsRequirements,
  create: (settings, config) => new EbpfFlowsReceiver(settings, config),
})
