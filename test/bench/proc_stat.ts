import { readFileSync, writeFileSync } from 'node:fs'

/** Ticks per second of the times in /proc/PID/stat: USER_HZ, 100 on every Linux (proc(5)). */
const TICKS_PER_SECOND = 100

/** CPU seconds that a process has used, user and system, all of its threads. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces; utime and stime are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** CPU seconds of a process and the children it has now. */
export function cpuSecondsOfFamily(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, member) => sum + cpuSeconds(member), 0)
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(' ').filter(Boolean).map(Number)
}

/** Resident memory in MiB: now, and the most there was. */
export function residentMib(pid: number): { now: number; max: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mib = (name: string) =>
    Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))![1]) / 1024
  return { now: mib('VmRSS'), max: mib('VmHWM') }
}

/** Makes the present memory the most there was (clear_refs in proc(5)). */
export function forgetMaxResident(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
