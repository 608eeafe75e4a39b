import { gunzipSync } from 'node:zlib'
import { decodeJsonRequest, points, type PointView } from '../kit/otlp.ts'
import { CONTAINER, type ContainerTruth, CPU_LIMIT, FILE_WORK } from './guest/container.ts'

/** What the agent told wrongly of a container. */
export interface ContainerVerdict {
  /** CPU, throttling, memory, OOM kills, threads; worded. */
  readonly statistics: readonly string[]
  /** Operations of files; worded. */
  readonly files: readonly string[]
}

/** Seconds of CPU that the kernel may add up later, and bytes that it may free or take meanwhile. */
const SLACK = { seconds: 0.05, bytes: 4 * 2 ** 20 }

/** Compares what the agent wrote last with what the kernel says. @param zipped in base64 */
export function judgeContainer(zipped: string, truth: ContainerTruth): ContainerVerdict {
  const told = new Told(zipped)
  const { reads, readBytes, writes, writeBytes } = FILE_WORK
  const operations = 'waggle.file.operation.duration'
  return {
    statistics: [
      ...told.compare('container.cpu.time', truth.seconds, SLACK.seconds),
      ...told.compare('waggle.container.cpu.limit', CPU_LIMIT),
      ...told.compare('waggle.container.cpu.throttled.periods', truth.throttledPeriods),
      ...told.compare('waggle.container.cpu.throttled.time', truth.throttledSeconds, 1e-6),
      ...told.compare('container.memory.usage', truth.memory, SLACK.bytes),
      ...told.compare('waggle.container.memory.limit', truth.memoryLimit),
      ...told.compare('waggle.container.memory.oom_kills', truth.oomKills),
      ...told.compare('waggle.container.threads', truth.threads),
      ...(truth.throttledPeriods > 0 ? [] : ['the container was never throttled']),
      ...(truth.oomKills > 0 ? [] : ['nothing was killed for memory']),
    ],
    files: [
      ...told.compare(`${operations} read`, reads),
      ...told.compare(`${operations} write`, writes),
      ...told.compare('waggle.file.io read', reads * readBytes),
      ...told.compare('waggle.file.io write', writes * writeBytes),
    ],
  }
}

/** The last value of each metric; of several modes of CPU time their sum. */
class Told {
  readonly #values = new Map<string, { timeNs: bigint; value: number }>()

  constructor(zipped: string) {
    const text = gunzipSync(Buffer.from(zipped, 'base64')).toString()
    const lines = text.split('\n').filter(Boolean)
    for (const point of lines.flatMap((line) => points(decodeJsonRequest('metrics', line)))) {
      if (point.resource['container.id'] === CONTAINER) this.#take(point)
    }
  }

  /** Nothing where they agree. */
  compare(name: string, wanted: number, slack = 0): string[] {
    const value = this.#values.get(name)?.value
    if (value === undefined) return [`nothing is told of ${name}`]
    return Math.abs(value - wanted) <= slack ? [] : [`${name} is ${value}, not ${wanted}`]
  }

  #take({ metric, attributes, timeNs, value }: PointView): void {
    const operation = attributes['waggle.file.operation']
    const name = typeof operation === 'string' ? `${metric} ${operation}` : metric
    const known = this.#values.get(name)
    const before = known?.timeNs === timeNs ? known.value : 0
    this.#values.set(name, { timeNs, value: before + Number(value) })
  }
}
