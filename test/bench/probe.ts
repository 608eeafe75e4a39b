import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import v8 from 'node:v8'
import { isMainThread } from 'node:worker_threads'

// Preloaded into the agent (NODE_OPTIONS=--import): watches the main thread between two SIGUSR2.
// $ALLOCATIONS_FILE gets the bytes allocated on the JavaScript heap (memory of ArrayBuffers is
// outside it), $PROFILE_FILE a CPU profile. Not by --cpu-prof: its signals make the kernel break off
// the loading of programs with EAGAIN.

const allocationsFile = process.env['ALLOCATIONS_FILE']
const profileFile = process.env['PROFILE_FILE']

/** Heap in use before and after each collection; what lies between two is what was allocated. */
interface Collection {
  readonly beforeGC: { readonly heapStatistics: { readonly usedHeapSize: number } }
  readonly afterGC: { readonly heapStatistics: { readonly usedHeapSize: number } }
}

/** Begins to count; the result ends it and writes the file. */
function countAllocations(file: string): () => void {
  const profiler = new v8.GCProfiler()
  const usedAtStart = v8.getHeapStatistics().used_heap_size
  profiler.start()
  return () => {
    const used = v8.getHeapStatistics().used_heap_size
    const { statistics } = profiler.stop() as unknown as { statistics: readonly Collection[] }
    let last = usedAtStart
    let bytes = 0
    for (const { beforeGC, afterGC } of statistics) {
      bytes += beforeGC.heapStatistics.usedHeapSize - last
      last = afterGC.heapStatistics.usedHeapSize
    }
    bytes += used - last
    writeFileSync(file, JSON.stringify({ bytes, collections: statistics.length }))
  }
}

/** Begins to profile; the result ends it and writes the file. */
function profileCpu(file: string): () => void {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.start')
  return () => {
    session.post('Profiler.stop', (error, { profile }) => {
      if (!error) writeFileSync(file, JSON.stringify(profile))
      session.disconnect()
    })
  }
}

if (isMainThread) {
  process.once('SIGUSR2', () => {
    const ends: (() => void)[] = []
    if (profileFile) ends.push(profileCpu(profileFile))
    if (allocationsFile) ends.push(countAllocations(allocationsFile))
    process.once('SIGUSR2', () => {
      for (const end of ends.toReversed()) end()
    })
  })
}
