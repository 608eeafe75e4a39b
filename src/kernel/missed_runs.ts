import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BpfObject } from 'libbpf-addon'

/**
 * How often programs did not run because they were running already: the kernel runs none inside
 * itself, on the same CPU. It counts that since Linux 5.12, in what /proc says of the programs' file
 * descriptors (proc_pid_fdinfo).
 */
export class MissedRuns {
  readonly #files: readonly string[]

  /** @param programs of a loaded object */
  constructor(
    object: Pick<BpfObject, 'programInfo'>,
    programs: readonly string[],
    folder = '/proc/self/fdinfo',
  ) {
    const ids = new Set(programs.map((name) => String(object.programInfo(name).id)))
    const files = readdirSync(folder).map((fd) => join(folder, fd))
    this.#files = files.filter((file) => ids.has(field(file, 'prog_id') ?? ''))
  }

  /** So far, all programs together; 0 where the kernel does not count it. */
  read(): number {
    const counts = this.#files.map((file) => Number(field(file, 'recursion_misses') ?? 0))
    return counts.reduce((sum, count) => sum + count, 0)
  }
}

/** A line's value; undefined where there is none, or the descriptor is gone. */
function field(file: string, name: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8')
    return new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(text)?.[1]
  } catch {
    return undefined
  }
}
