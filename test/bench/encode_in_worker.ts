import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { Ours, SPANS } from './encoding_work.ts'
import { spreadText } from './figures.ts'
import type { Figure } from './figures.ts'

/** Batches that may be on their way to the worker, so that it always has one to encode. */
const AHEAD = 4

/** CPU for a span, in nanoseconds: of the thread that reads the ring buffer, and of all threads. */
interface Cpu {
  readonly main: number
  readonly all: number
}

/**
 * What encoding costs on the thread that reads the ring buffer, against handing the records, without
 * copying them, to a worker that encodes them and hands back the request.
 */
export async function inWorker(
  rounds: number,
  batches: number,
  connections: number,
): Promise<Figure[]> {
  const ours = new Ours(connections)
  const worker = new Worker(new URL(import.meta.url), { workerData: { connections } })
  const here: Cpu[] = []
  const there: Cpu[] = []
  // The first round only warms up.
  for (let round = 0; round <= rounds; round++) {
    here.push(
      await cpuOf(batches, async () => {
        for (let i = 0; i < batches; i++) encodeHere(ours)
      }),
    )
    there.push(await cpuOf(batches, () => encodeThere(worker, ours, batches)))
  }
  await worker.terminate()
  const of = (list: readonly Cpu[], key: keyof Cpu): string =>
    `${spreadText(
      list.slice(1).map((cpu) => cpu[key]),
      0,
    )} ns`
  return [
    { what: 'encoded where it is read: CPU of a span, all threads', value: of(here, 'all') },
    {
      what: 'encoded in a worker: CPU of a span, all threads',
      value: of(there, 'all'),
      baseline: of(here, 'all'),
    },
    {
      what: '… of the thread that reads',
      value: of(there, 'main'),
      baseline: of(here, 'main'),
    },
  ]
}

/** The ring buffer's bytes have to be copied out either way before the next ones are read. */
function copied({ bytes, index }: Ours['records']): { bytes: Buffer; index: Uint32Array } {
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return { bytes: own, index: index.slice() }
}

function encodeHere(ours: Ours): void {
  ours.run(copied(ours.records))
  ours.bytes()
}

async function encodeThere(worker: Worker, ours: Ours, batches: number): Promise<void> {
  let [sent, back] = [0, 0]
  const send = (): void => {
    const { bytes, index } = copied(ours.records)
    sent++
    worker.postMessage({ bytes, index }, [bytes.buffer as ArrayBuffer, index.buffer as ArrayBuffer])
  }
  while (sent < Math.min(AHEAD, batches)) send()
  while (back < batches) {
    await once(worker, 'message')
    back++
    if (sent < batches) send()
  }
}

async function cpuOf(batches: number, run: () => Promise<void>): Promise<Cpu> {
  const [all, main] = [process.cpuUsage(), process.threadCpuUsage()]
  await run()
  const [allAfter, mainAfter] = [process.cpuUsage(all), process.threadCpuUsage(main)]
  const ns = ({ user, system }: NodeJS.CpuUsage): number =>
    ((user + system) * 1000) / batches / SPANS
  return { main: ns(mainAfter), all: ns(allAfter) }
}

interface Message {
  readonly bytes: Uint8Array
  readonly index: Uint32Array
}

if (!isMainThread && parentPort) {
  const ours = new Ours((workerData as { connections: number }).connections)
  const port = parentPort
  port.on('message', ({ bytes, index }: Message) => {
    ours.run({ bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), index })
    const request = ours.bytes()
    port.postMessage(request, [request.buffer as ArrayBuffer])
  })
}
