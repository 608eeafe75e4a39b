import { RingBuffer } from 'libbpf-addon'
import { attachPrograms, FALLBACKS, OPTIONAL_PROGRAMS } from '../../receivers/ebpf_http/programs.ts'
import { CpuCounters } from '../../src/kernel/cpu_counters.ts'
import { loadObject, openObject } from '../../src/kernel/objects.ts'
import { RingReader } from '../../src/kernel/ring_reader.ts'
import { HTTP_COUNTERS } from '../../src/pdata/http_record.ts'

// The HTTP programs with the agent's own ring reader behind them, which copies the records out and
// looks at nothing: what is left is what the kernel side costs. Prints "attached" when it is, and
// a line of JSON when it ends.
//   node test/bench/drain.ts

/** As `queue_time: false` of `ebpf_http` does. */
const WITHOUT_QUEUE_TIME = process.argv.includes('--without-queue-time')

/** The default of `ebpf_http`. */
const RING_BYTES = 8 * 1024 * 1024

const { object, refused } = loadObject({
  open: () => openObject('http'),
  configure: (opened) => {
    opened.setConstant('own_pid', process.pid)
    opened.setMaxEntries('exchanges', RING_BYTES)
    if (WITHOUT_QUEUE_TIME) opened.setAutoload('http_read', false)
  },
  optional: Object.keys(OPTIONAL_PROGRAMS),
  fallbacks: FALLBACKS,
  onRefused: () => {},
})
attachPrograms(object, WITHOUT_QUEUE_TIME ? new Set([...refused, 'http_read']) : refused)

let drained = 0
const reader = new RingReader(new RingBuffer(object.map('exchanges')), (buffer, count) => {
  drained += count
  reader.giveBack(buffer)
})

function end(): void {
  reader.stop()
  const counts = new CpuCounters(object.map('counters'), HTTP_COUNTERS).read()
  process.stdout.write(`${JSON.stringify({ drained, lost: counts.ring_full })}\n`)
  object.close()
}

process.once('SIGTERM', end)
process.once('SIGINT', end)
reader.start()
process.stdout.write('attached\n')
