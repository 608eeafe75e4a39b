import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Mounts tracefs where system calls' tracepoints are found, unless it is there already; needs root. */
export function needTracefs(): void {
  if (existsSync('/sys/kernel/tracing/events')) return
  execFileSync('mount', ['-t', 'tracefs', 'tracefs', '/sys/kernel/tracing'])
}
