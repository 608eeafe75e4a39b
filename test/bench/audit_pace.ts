import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordedDelivery, TimedLine } from './audit_events.ts'

/** How fast pods are created, and for how long. */
export interface Pace {
  readonly podsPerMinute: number
  readonly seconds: number
}

/** Writes deliveries as they would come, each event at its time, to the end of each; returns how many. */
export async function writeAtPace(
  path: string,
  delivery: RecordedDelivery,
  { podsPerMinute, seconds }: Pace,
): Promise<number> {
  const everyMs = (60_000 * delivery.pods) / podsPerMinute
  const startMs = Date.now()
  const endMs = startMs + seconds * 1000
  let waiting: TimedLine[] = []
  let begun = 0
  const write = (untilMs: number): void => {
    const due = waiting.filter(({ atMs }) => atMs <= untilMs)
    waiting = waiting.filter(({ atMs }) => atMs > untilMs)
    const texts = due.toSorted((a, b) => a.atMs - b.atMs).map(({ text }) => text)
    if (texts.length > 0) appendFileSync(path, texts.join(''))
  }
  for (let now = startMs; now < endMs || waiting.length > 0; now = Date.now()) {
    for (; startMs + begun * everyMs <= Math.min(now, endMs); begun++) {
      waiting.push(...delivery.lines(begun, startMs + begun * everyMs))
    }
    write(now)
    await sleep(5)
  }
  return begun
}
