import { join } from 'node:path'
import { settingsOf } from '../../src/helpers/fixtures.ts'
import type { StoredQueue } from '../../src/component/storage.ts'
import { FileQueue, type FileQueueOptions } from './file_queue.ts'

/** Opens queues in one folder, which outlives them. */
export function folderOf(directory: string) {
  const folder = join(directory, 'exporter_test__traces.queue')
  const { settings, logged } = settingsOf('test')
  const open = (options: Partial<FileQueueOptions> = {}): Promise<FileQueue> =>
    FileQueue.open({
      folder,
      mode: 0o750,
      lockTimeoutMs: 0,
      fsync: false,
      log: settings.log,
      ...options,
    })
  return { folder, open, logged }
}

/** Puts each text as a batch of one request of one item. */
export async function putAll(queue: StoredQueue, texts: readonly string[]) {
  const puts = texts.map((text) => queue.put([{ body: Buffer.from(text), items: 1 }]))
  return (await Promise.all(puts)).flat()
}

/** The bodies of what was recovered; `?` for what cannot be read, `!` behind what was dispatched. */
export function recoveredTexts(queue: StoredQueue): Promise<string[]> {
  return Promise.all(
    queue.recovered.map(async (entry) => {
      const text = await queue.read(entry).then(String, () => '?')
      return text + (entry.dispatched ? '!' : '')
    }),
  )
}
