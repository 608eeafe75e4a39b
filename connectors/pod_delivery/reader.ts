import type { LogList, Logs } from '../../src/pdata/logs.ts'
import { auditEvent, isAuditEvent, isOfUse } from './events/audit.ts'
import { parseBody } from './events/body.ts'
import type { JsonMap } from './events/json.ts'
import type { Sink } from './events/sink.ts'
import { timeIn } from './events/time.ts'
import { watchedObject, watchedOf } from './events/watched.ts'
import type { StreamClock } from './trace/stream_clock.ts'

/** Why a record was not read. */
export type Unread = 'malformed' | 'empty' | 'unknown_shape'

/** Reads log records: each body once. */
export class Reader {
  /** Bodies that were parsed. */
  parsed = 0
  readonly #sink: Sink
  readonly #clock: StreamClock
  readonly #keptMs: number

  constructor(sink: Sink, clock: StreamClock, keptMs: number) {
    this.#sink = sink
    this.#clock = clock
    this.#keptMs = keptMs
  }

  /**
   * Reads a batch in the order of its times; `onUnread` is told of each record that says nothing that
   * can be understood, `onNext` is called before each with its time, in milliseconds since 1970, where
   * it has one.
   */
  read(
    batch: Logs,
    onUnread: (reason: Unread) => void,
    onNext: (timeMs: number) => void = () => {},
  ): void {
    for (const { logs, i, timeNs } of inOrder(batch)) {
      if (timeNs !== 0n) onNext(Number(timeNs / 1000n) / 1000)
      const unread = this.#record(logs, i)
      if (unread) onUnread(unread)
    }
  }

  #record(logs: LogList, i: number): Unread | undefined {
    const resource = logs.attribute(i, 'k8s.audit.resource')
    if (typeof resource === 'string' && !isOfUse(resource)) {
      this.#sink.ignore('resource')
      return undefined
    }
    const body = parseBody(logs.body(i), typeof resource === 'string' ? resource : '')
    if (typeof body === 'string') return body
    this.parsed++
    if (isAuditEvent(body)) this.#audit(body)
    else return this.#watched(body, logs, i)
    return undefined
  }

  #audit(body: JsonMap): void {
    this.#clock.observe(timeIn(body, 'stageTimestamp'))
    auditEvent(this.#sink, body, this.#keptMs)
  }

  #watched(body: JsonMap, logs: LogList, i: number): Unread | undefined {
    const watched = watchedOf(body)
    if (!watched) return 'unknown_shape'
    const seenMs =
      Number((logs.timeNs(i) || logs.observedNs(i)) / 1000n) / 1000 || this.#clock.nowMs
    this.#clock.observe(seenMs)
    watchedObject(this.#sink, watched, seenMs, this.#keptMs)
    return undefined
  }
}

interface Place {
  readonly logs: LogList
  readonly i: number
  readonly timeNs: bigint
}

/** The records of a batch by their times; one without a time stays behind the one before it. */
function inOrder(batch: Logs): readonly Place[] {
  const places: Place[] = []
  let [lastNs, isOrdered] = [0n, true]
  for (const { logs } of batch.groups) {
    for (let i = 0; i < logs.length; i++) {
      const timeNs = logs.timeNs(i) || lastNs
      isOrdered &&= timeNs >= lastNs
      places.push({ logs, i, timeNs })
      lastNs = timeNs
    }
  }
  return isOrdered ? places : places.toSorted((a, b) => Number(a.timeNs - b.timeNs))
}
