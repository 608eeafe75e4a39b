import { defineReceiver } from '../../src/component/component.ts'
import { ebpfHttpConfig } from './config.ts'
import { ebpfHttpRequirements } from './preflight.ts'
import { EbpfHttpReceiver } from './receiver.ts'

/** HTTP/1.x exchanges of every socket of the node. */
export const ebpfHttp = defineReceiver({
  type: 'ebpf_http',
  summary: 'Sees every HTTP/1.x exchange on the node, at both ends, through eBPF.',
  stability: 'alpha',
  config: ebpfHttpConfig,
  produces: ['observations'],
  preflight: ebpfHttpRequirements,
  create: (settings, config) => new EbpfHttpReceiver(settings, config),
})
