import { existsSync } from 'node:fs'
import type { BpfObject } from 'libbpf-addon'
import { UnsupportedError } from '../../src/component/errors.ts'
import { asUnsupported } from '../../src/kernel/objects.ts'
import { MOUNT_TRACEFS, TRACEFS, WITHOUT_CGROUPS } from './preflight.ts'

/** Programs that a kernel may refuse, and what is lost without them. */
export const OPTIONAL_PROGRAMS: Readonly<Record<string, string>> = {
  files_cgroup: WITHOUT_CGROUPS,
}

/** The system calls at whose beginning each program runs; all have the descriptor as first argument. */
export const CALLS = {
  files_read: ['read', 'pread64', 'readv', 'preadv', 'preadv2'],
  files_write: ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2'],
  files_sync: ['fsync', 'fdatasync', 'sync_file_range'],
} as const

/** Those that lose something when the kernel leaves out a run. */
export const LOSING_PROGRAMS = [...Object.keys(CALLS), 'files_end']

/** Attaches the programs of `bpf/files`. Throws UnsupportedError. */
export function attachPrograms(object: BpfObject, refused: ReadonlySet<string>): void {
  if (!TRACEFS.some((folder) => existsSync(`${folder}/events`))) {
    throw new UnsupportedError('there is no tracefs to find system calls in', MOUNT_TRACEFS)
  }
  // Ends first, so that no call is left waiting for its own.
  for (const call of Object.values(CALLS).flat()) attach(object, 'files_end', `sys_exit_${call}`)
  for (const [program, calls] of Object.entries(CALLS)) {
    for (const call of calls) attach(object, program, `sys_enter_${call}`)
  }
  if (refused.has('files_cgroup')) return
  asUnsupported('attach files_cgroup', () => object.attach('files_cgroup'))
}

function attach(object: BpfObject, program: string, tracepoint: string): void {
  asUnsupported(`attach ${program} to ${tracepoint}`, () =>
    object.attachTracepoint(program, `syscalls/${tracepoint}`),
  )
}
