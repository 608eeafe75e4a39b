import { parentPort, workerData } from 'node:worker_threads'

import { BpfMap, RingBuffer } from '../lib/index.js'

const { fd, shared }: { fd: number; shared: Int32Array } = workerData

const ring = new RingBuffer(BpfMap.fromFd(fd))
const into = Buffer.alloc(1 << 16)
const index = new Uint32Array(4096)
const records: number[] = []
parentPort?.postMessage('ready')

for (;;) {
  const last = Atomics.load(shared, 0) === 1
  const waiting = ring.available()
  const count = ring.drain(into, index)
  if (waiting > 0 && count === 0) Atomics.add(shared, 1, 1)
  for (let i = 0; i < count; i++) {
    records.push(Number(into.readBigUInt64LE(index[2 * i] ?? 0)))
  }
  if (last && count === 0) break
}
parentPort?.postMessage({ records })
