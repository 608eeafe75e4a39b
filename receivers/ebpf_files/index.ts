import { defineReceiver } from '../../src/component/component.ts'
import { ebpfFilesConfig } from './config.ts'
import { ebpfFilesRequirements } from './preflight.ts'
import { EbpfFilesReceiver } from './receiver.ts'

/** Who reads and writes files, how much and how fast. */
export const ebpfFiles = defineReceiver({
  type: 'ebpf_files',
  summary: 'Counts and times reads and writes of files by container or process, through eBPF.',
  stability: 'alpha',
  config: ebpfFilesConfig,
  produces: ['metrics'],
  preflight: ebpfFilesRequirements,
  create: (settings, config) => new EbpfFilesReceiver(settings, config),
})
