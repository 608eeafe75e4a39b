// A sending queue on file_storage, to be killed. Arguments: the folder of its files, the number of
// the first request to offer, and how many. What it was told stands in `accepted`, what a destination
// took in `delivered`, each in a line of its own; it ends when everything is sent.

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileQueue } from '../../../extensions/file_storage/file_queue.ts'
import type { SendResult } from '../../../src/helpers/send_result.ts'
import { retryConfig, sendingQueueConfig } from '../../../src/helpers/sending_config.ts'
import { SendingQueue } from '../../../src/helpers/sending_queue.ts'
import { ComponentCounters } from '../../../src/telemetry/counters.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

const [folder = '', first = '0', count = '0'] = process.argv.slice(2)
const log = createLogger({ level: 'error', out: process.stderr })

const note = (file: string, text: string): void => appendFileSync(join(folder, file), `${text}\n`)

/** A destination that is slow, and away a third of the time. */
async function send(body: Buffer): Promise<SendResult> {
  await sleep(Math.random() * 8)
  if (Math.random() < 0.3) return { kind: 'retry', reason: 'UNAVAILABLE' }
  note(
    'delivered',
    body
      .toString('latin1')
      .match(/\d+(?= )/g)!
      .join('\n'),
  )
  await sleep(Math.random() * 4)
  return { kind: 'sent' }
}

const queue = new SendingQueue({
  queue: sendingQueueConfig.parse({
    queue_size: 100,
    num_consumers: 4,
    block_on_overflow: true,
    storage: 'file_storage',
    ...(Math.random() < 0.5 && { batch: { min_size: 3, flush_timeout: '5ms' } }),
  }),
  retry: retryConfig.parse({ initial_interval: '5ms', max_elapsed_time: '0s' }),
  timeoutMs: 5_000,
  send,
  storage: () =>
    FileQueue.open({
      folder: join(folder, 'queue'),
      mode: 0o750,
      lockTimeoutMs: 0,
      fsync: false,
      log,
      segmentBytes: 256 * 1024,
    }),
  log,
  counters: new ComponentCounters('exporter/test'),
})
await queue.start()
process.stdout.write('Running.\n')

let next = Number(first)
const end = next + Number(count)

async function offer(): Promise<void> {
  while (next < end) {
    const id = next++
    const body = Buffer.from(`${id} ${'x'.repeat(Math.random() * 20_000)}`)
    const { kind } = await queue.offer([{ body, items: 1 }])
    if (kind === 'accepted') note('accepted', String(id))
  }
}

await Promise.all(Array.from({ length: 8 }, offer))
while (queue.waiting > 0) await sleep(5)
await queue.shutdown()
