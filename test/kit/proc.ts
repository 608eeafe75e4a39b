import { readdirSync, readFileSync } from 'node:fs'

/** When a process began, in ticks since boot: with the pid it names a process for good. Undefined
 * where there is none, or only its exit status is left. */
export function startTimeOf(pid: number): string | undefined {
  const [state, ...fields] = statOf(pid)
  return state === 'Z' || state === 'X' ? undefined : fields[18]
}

/** Whether the process that once had this pid and start is still the one that has it. */
export function isRunning(pid: number, startTime: string): boolean {
  return startTimeOf(pid) === startTime
}

/** Whether any process has this pid. */
export function isAlive(pid: number): boolean {
  return startTimeOf(pid) !== undefined
}

// The fields of /proc/PID/stat after the name in parentheses, which may itself hold spaces.
function statOf(pid: number): string[] {
  const stat = readText(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** The children of a process. */
export function childrenOf(pid: number): number[] {
  const text = readText(`/proc/${pid}/task/${pid}/children`)
  return text.trim().split(' ').filter(Boolean).map(Number)
}

/** CPU time of the living threads of a process, in ms, exact to the nanosecond. */
export function cpuMsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const times = threads.map((tid) => readText(`/proc/${pid}/task/${tid}/schedstat`).split(' ')[0])
  return times.reduce((sum, nanoseconds) => sum + Number(nanoseconds), 0) / 1e6
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
