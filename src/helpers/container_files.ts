import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** A larger file is not read. */
const MAX_BYTES = 1024 * 1024

/** What a JSON file holds; undefined where it cannot be read, is too large or is no JSON. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readRegularFile(path))
  } catch {
    return undefined
  }
}

/**
 * The text of a file of at most 1 MiB; throws where there is none. A user may own the folder that it
 * is in, so what is no regular file is not waited for.
 */
export function readRegularFile(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(file)
    if (!stat.isFile() || stat.size > MAX_BYTES) throw new Error(`${path} is no small file`)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

/** The text at the end of a path of keys; empty where something else is there. */
export function textAt(value: unknown, ...keys: readonly string[]): string {
  let at = value
  for (const key of keys) {
    if (typeof at !== 'object' || at === null) return ''
    at = (at as Record<string, unknown>)[key]
  }
  return typeof at === 'string' ? at : ''
}
