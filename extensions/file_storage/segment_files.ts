import { link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError } from '../../src/component/errors.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import { scanSegment, type Scan } from './scan.ts'
import { Segment, type OpenFile } from './segment.ts'

const NAME = /^(\d{10})\.log$/
const CORRUPT = '.corrupt'
/** So many damaged files are kept for whoever wants to look at them; the oldest go first. */
const CORRUPT_KEPT = 4

/** A segment that was found, and what is in it. */
export interface FoundSegment {
  readonly segment: Segment
  readonly scan: Scan
}

/** What was found in a folder. */
export interface Found {
  /** In the order in which they were written. */
  readonly segments: readonly FoundSegment[]
  readonly damaged: number
  /** The number of the next segment. */
  readonly next: number
}

/** Where a segment of that number is. */
export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, '0')}.log`)
}

/** Makes the folder of a queue. What is in its place is put aside. */
export async function makeFolder(folder: string, mode: number): Promise<void> {
  const there = await stat(folder).catch(() => undefined)
  if (there?.isDirectory()) return
  if (there) await rename(folder, `${folder}${CORRUPT}`)
  await mkdir(folder, { mode })
}

/**
 * Reads what is in a folder. A file that is damaged keeps its readable records, and stays under a
 * second name; one that cannot be read at all is put aside.
 */
export async function findSegments(
  folder: string,
  log: Logger,
  openFile?: OpenFile,
): Promise<Found> {
  const names = await readdir(folder)
  const numbers = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number)
  const segments: FoundSegment[] = []
  let damaged = 0
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const path = segmentPath(folder, number)
    const scan = await scanOf(path, log)
    damaged += scan?.damaged ?? 1
    if (scan) segments.push({ segment: new Segment(path, number, scan.end, openFile), scan })
  }
  if (damaged > 0) await forgetOldest(folder)
  return { segments, damaged, next: Math.max(0, ...numbers) + 1 }
}

/** Undefined when it could not be read; it is put aside then. */
async function scanOf(path: string, log: Logger): Promise<Scan | undefined> {
  try {
    const scan = await scanFile(path)
    if (scan.damaged > 0) await keepDamaged(path, scan, log)
    return scan
  } catch (error) {
    const kept = `${path}${CORRUPT}`
    log.error({ file: path, kept, error: describeError(error) }, 'Storage file cannot be read.')
    await rename(path, kept).catch(() => {})
    return undefined
  }
}

async function scanFile(path: string): Promise<Scan> {
  const file = await open(path, 'r')
  try {
    return await scanSegment(file)
  } finally {
    await file.close()
  }
}

async function keepDamaged(path: string, { damaged, records }: Scan, log: Logger): Promise<void> {
  const kept = `${path}${CORRUPT}`
  const fields = { file: path, kept, damaged, readable_requests: records.length }
  log.error(fields, 'Storage file is damaged, part of it is lost.')
  await unlink(kept).catch(() => {})
  await link(path, kept).catch(() => {})
}

async function forgetOldest(folder: string): Promise<void> {
  const kept = (await readdir(folder)).filter((name) => name.endsWith(CORRUPT)).toSorted()
  for (const name of kept.slice(0, -CORRUPT_KEPT)) await unlink(join(folder, name)).catch(() => {})
}
