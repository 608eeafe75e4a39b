import { readFileSync } from 'node:fs'

/** Reads a file; throws what `node:fs` throws. Tests give a function over a map. */
export type ReadFile = (path: string) => Uint8Array | string

/** The real one. */
export const readFromDisk: ReadFile = (path) => readFileSync(path)

/**
 * The text of a UTF-8 file. Throws an Error that names the file and what is wrong, with the cause.
 */
export function readText(path: string, readFile: ReadFile): string {
  const bytes = readBytes(path, readFile)
  if (typeof bytes === 'string') return bytes
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Error(`cannot read ${JSON.stringify(path)}: not UTF-8 text`, { cause })
  }
}

function readBytes(path: string, readFile: ReadFile): Uint8Array | string {
  try {
    return readFile(path)
  } catch (cause) {
    throw new Error(`cannot read ${JSON.stringify(path)}: ${reason(cause)}`, { cause })
  }
}

const reasons: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'no such file'],
  ['EISDIR', 'is a directory'],
  ['EACCES', 'permission denied'],
  ['ENOTDIR', 'a part of the path is not a directory'],
  ['ERR_INVALID_ARG_VALUE', 'not a valid path'],
])

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return reasons.get('code' in cause ? cause.code : undefined) ?? cause.message
}
