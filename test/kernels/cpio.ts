import { closeSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** One file of an archive: bytes, or where a link leads. */
export type Entry =
  | { readonly bytes: Uint8Array; readonly mode?: number }
  | { readonly link: string }

const DIRECTORY = 0o040755
const FILE = 0o100000
const LINK = 0o120777

/**
 * Writes an initramfs that is not compressed: the kernel copies it faster than it can unpack one.
 * Folders come from the paths, which have no leading slash. Format "newc": cpio(5), and
 * Documentation/driver-api/early-userspace/buffer-format.rst of the kernel.
 */
export function writeCpio(path: string, entries: ReadonlyMap<string, Entry>): void {
  write(new Archive(path, 'w'), entries)
}

/** Puts one more archive behind those of an initramfs: the kernel unpacks one after the other. */
export function appendCpio(path: string, entries: ReadonlyMap<string, Entry>): void {
  write(new Archive(path, 'a'), entries)
}

function write(archive: Archive, entries: ReadonlyMap<string, Entry>): void {
  for (const folder of foldersOf(entries.keys())) archive.add(folder, DIRECTORY, empty)
  for (const [name, entry] of entries) {
    if ('link' in entry) archive.add(name, LINK, Buffer.from(entry.link))
    else archive.add(name, FILE | (entry.mode ?? 0o644), entry.bytes)
  }
  archive.end()
}

/** Every folder above the paths, parents first. */
function foldersOf(paths: Iterable<string>): string[] {
  const folders = new Set<string>()
  for (const path of paths) {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) folders.add(at)
  }
  return [...folders].toSorted()
}

const empty = Buffer.alloc(0)

class Archive {
  readonly #file: number
  #inode = 0

  constructor(path: string, how: 'w' | 'a') {
    this.#file = openSync(path, how)
  }

  add(name: string, mode: number, bytes: Uint8Array): void {
    const fields = [++this.#inode, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length + 1, 0]
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
    this.#write(Buffer.from(`${header}${name}\0`))
    this.#write(bytes)
  }

  end(): void {
    this.add('TRAILER!!!', 0, empty)
    closeSync(this.#file)
  }

  /** Every part is filled up to a multiple of four. */
  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at)
    writeSync(this.#file, Buffer.alloc(-bytes.length & 3))
  }
}
