import { parentPort, workerData } from 'node:worker_threads'

import { BpfObject, RingBuffer } from '../lib/index.js'

const { path, cgroup, cycles }: { path: string; cgroup: string; cycles: number } = workerData

for (let cycle = 0; cycle < cycles; cycle++) {
  const object = BpfObject.open(path)
  object.load()
  object.attachCgroup('fill_ring', cgroup)
  const ring = new RingBuffer(object.map('events'))
  object.testRun('fill_ring', { data: new Uint8Array(64) })
  ring.drain(new Uint8Array(4096), new Uint32Array(64))
  // The last one is left as it is.
  if (cycle + 1 < cycles) object.close()
  if (cycle === 0) parentPort?.postMessage('running')
}
