import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filled } from './audit_filler.ts'

/** Events of one delivery that was recorded, of which any number can be made. */
export interface RecordedDelivery {
  /** Pods that are created in it. */
  readonly pods: number
  readonly events: number
  /** Its lines with other ids and names, as if it had begun at `startMs`. */
  lines(n: number, startMs: number): TimedLine[]
}

/** A line, and when the API server wrote it. */
export interface TimedLine {
  readonly atMs: number
  readonly text: string
}

/** Which events of it are used, and how long they are. */
export interface RecordedOptions {
  /** Lines are filled up to so many bytes; 0 leaves them as they are. */
  readonly bytes: number
  /** Leaves out what comes when a pod's containers run. */
  readonly unfinished?: boolean
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const TIME = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g

interface Recorded {
  readonly text: string
  readonly offsetMs: number
}

/** The log of a Deployment that becomes ready, of the newest version of Kubernetes. */
export function newestRecording(): string {
  const found = globSync(join(import.meta.dirname, '../kubernetes/recorded/*/healthy.jsonl'))
  const newest = found.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
  if (newest === undefined) throw new Error('no recorded log of a healthy Deployment')
  return newest
}

/** Reads a recorded log of a Deployment that becomes ready. */
export function recordedDelivery(path: string, options: RecordedOptions): RecordedDelivery {
  const texts = readFileSync(path, 'utf8').trimEnd().split('\n')
  const [replicaSet] = /"name":"(web-[0-9a-f]+)"/.exec(texts.join('\n'))?.slice(1) ?? []
  if (replicaSet === undefined) throw new Error(`${path}: expected a Deployment of the name web`)
  const firstMs = timeOf(texts[0] as string)
  const kept = texts.filter((text) => !(options.unfinished && isOfRunning(text)))
  const recorded = kept.map((text) => ({
    text: filled(text, options.bytes),
    offsetMs: timeOf(text) - firstMs,
  }))
  return {
    pods: texts.filter((text) =>
      /"verb":"create".*"objectRef":{"resource":"pods","namespace":"[^"]*","apiVersion"/.test(text),
    ).length,
    events: recorded.length,
    lines: (n, startMs) => recorded.map((one) => made(one, replicaSet, n, startMs, firstMs)),
  }
}

function made(
  { text, offsetMs }: Recorded,
  replicaSet: string,
  n: number,
  startMs: number,
  firstMs: number,
): TimedLine {
  const id = n.toString(16).padStart(8, '0')
  const moved = text
    .replaceAll(UUID, (uuid) => id + uuid.slice(8))
    .replaceAll(TIME, (time) => shifted(time, startMs - firstMs))
    .replaceAll(replicaSet, `${replicaSet.slice(0, -8)}${id}`)
  return { atMs: startMs + offsetMs, text: `${moved}\n` }
}

function shifted(time: string, ms: number): string {
  const moved = new Date(Math.floor(Date.parse(time) + ms)).toISOString()
  const fraction = /\.(\d+)Z/.exec(time)?.[1] ?? ''
  if (fraction === '') return `${moved.slice(0, 19)}Z`
  return `${moved.slice(0, 23)}${fraction.slice(3)}Z`
}

function timeOf(text: string): number {
  const { stageTimestamp } = JSON.parse(text) as { stageTimestamp: string }
  return Date.parse(stageTimestamp)
}

function isOfRunning(text: string): boolean {
  return text.includes('"phase":"Running"') || text.includes('"reason":"Started"')
}
