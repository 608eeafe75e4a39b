import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { RotationConfig } from './config.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const STAMP = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)\.(\d{3})$/

/** The time in a backup's name: `2026-11-21T10-11-12.123`, as other programs that rotate files write it. */
export function stampOf(ms: number, localtime: boolean): string {
  const shifted = localtime ? ms - new Date(ms).getTimezoneOffset() * 60_000 : ms
  return new Date(shifted).toISOString().slice(0, -1).replaceAll(':', '-')
}

/** The time of a stamp in milliseconds since 1970, or undefined for any other text. */
export function timeOf(stamp: string, localtime: boolean): number | undefined {
  const parts = STAMP.exec(stamp)
  if (!parts) return undefined
  const [, day, hours, minutes, seconds, millis] = parts
  const ms = Date.parse(`${day}T${hours}:${minutes}:${seconds}.${millis}${localtime ? '' : 'Z'}`)
  return Number.isNaN(ms) ? undefined : ms
}

/**
 * Renames `path` to `name-<time>.ext` in the same folder. The time is moved on by a millisecond
 * where that name is taken. Returns the time in the name.
 */
export async function putAside(path: string, nowMs: number, localtime: boolean): Promise<number> {
  const { folder, prefix, suffix } = partsOf(path)
  for (let ms = nowMs; ; ms++) {
    const backup = join(folder, `${prefix}${stampOf(ms, localtime)}${suffix}`)
    if (await exists(backup)) continue
    await rename(path, backup)
    return ms
  }
}

/** Deletes the backups of `path` that are too many or too old. */
export async function deleteOld(
  path: string,
  nowMs: number,
  { max_backups, max_days, localtime }: RotationConfig,
): Promise<void> {
  if (max_backups === 0 && max_days === 0) return
  const backups = await backupsOf(path, localtime)
  const oldest = max_days === 0 ? -Infinity : nowMs - max_days * DAY_MS
  const kept = max_backups === 0 ? Infinity : max_backups
  const doomed = backups.filter(({ ms }, i) => i >= kept || ms < oldest)
  await Promise.all(doomed.map(({ file }) => rm(file, { force: true })))
}

/** Newest first. */
async function backupsOf(
  path: string,
  localtime: boolean,
): Promise<{ file: string; ms: number }[]> {
  const { folder, prefix, suffix } = partsOf(path)
  const found = (await readdir(folder)).flatMap((name) => {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) return []
    const ms = timeOf(name.slice(prefix.length, name.length - suffix.length), localtime)
    return ms === undefined ? [] : [{ file: join(folder, name), ms }]
  })
  return found.sort((a, b) => b.ms - a.ms)
}

function partsOf(path: string): { folder: string; prefix: string; suffix: string } {
  const suffix = extname(path)
  return { folder: dirname(path), prefix: `${basename(path, suffix)}-`, suffix }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
