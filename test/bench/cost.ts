import v8 from 'node:v8'

/** What work costs on this thread. */
export interface Cost {
  /** Nanoseconds of CPU. */
  readonly ns: number
  /** Bytes allocated on the heap. */
  readonly bytes: number
}

/** Heap in use before and after each collection; what lies between two is what was allocated. */
interface Collection {
  readonly beforeGC: { readonly heapStatistics: { readonly usedHeapSize: number } }
  readonly afterGC: { readonly heapStatistics: { readonly usedHeapSize: number } }
}

/** What `run` costs, done `times` times, for each of the `items` that it handles. */
export function costOf(times: number, items: number, run: () => void): Cost {
  let ns = 0
  const bytes = allocatedBy(() => {
    ns = cpuOf(() => {
      for (let i = 0; i < times; i++) run()
    })
  })
  return { ns: ns / times / items, bytes: bytes / times / items }
}

function allocatedBy(run: () => void): number {
  const profiler = new v8.GCProfiler()
  profiler.start()
  let last = v8.getHeapStatistics().used_heap_size
  run()
  const end = v8.getHeapStatistics().used_heap_size
  const { statistics } = profiler.stop() as unknown as { statistics: readonly Collection[] }
  let bytes = 0
  for (const { beforeGC, afterGC } of statistics) {
    bytes += beforeGC.heapStatistics.usedHeapSize - last
    last = afterGC.heapStatistics.usedHeapSize
  }
  return bytes + end - last
}

function cpuOf(run: () => void): number {
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) * 1000
}
