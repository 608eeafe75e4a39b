import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import type { BpfMap } from '../lib/index.js'

export interface ReaderResult {
  /** First 8 bytes of each record. */
  records: number[]
}

export interface Reader {
  /** How often something was there and nothing could be drained. */
  waited(): number
  /** Lets the reader drain what is left. */
  stop(): Promise<ReaderResult>
  terminate(): Promise<unknown>
}

/** A worker thread that drains a ring of this one, by the map's descriptor. */
export async function startReader(map: BpfMap): Promise<Reader> {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(new URL('./reader.worker.ts', import.meta.url), {
    workerData: { fd: map.fd, shared },
  })
  await once(worker, 'message')
  return {
    waited: () => Atomics.load(shared, 1),
    async stop() {
      const result = once(worker, 'message')
      Atomics.store(shared, 0, 1)
      const [message] = await result
      await worker.terminate()
      return message
    },
    terminate: () => worker.terminate(),
  }
}
