import { defineExtension } from '../../src/component/component.ts'
import { fileStorageConfig } from './config.ts'
import { FileStorageExtension } from './extension.ts'

/** Keeps the data of other components in files. */
export const fileStorage = defineExtension({
  type: 'file_storage',
  summary: 'Keeps what waits in sending queues in files, so that it outlives the agent.',
  stability: 'alpha',
  config: fileStorageConfig,
  create: (settings, config) => new FileStorageExtension(settings, config),
})
