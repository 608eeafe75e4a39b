import { readFileSync, readlinkSync } from 'node:fs'
import { parseCgroupFile, type ProcessCgroup } from './container.ts'

/** What /proc says of a process; what could not be read is empty. */
export interface ProcessInfo {
  /** Path of the executable as the process sees it. */
  readonly executable: string
  readonly arguments: readonly string[]
  readonly cgroup: ProcessCgroup
  /** Start time in clock ticks since boot (proc_pid_stat(5), field 22). */
  readonly startTime: string
  /** `OTEL_SERVICE_NAME` of its environment. */
  readonly otelServiceName: string
  /** `OTEL_RESOURCE_ATTRIBUTES` of its environment. */
  readonly resourceAttributes: Readonly<Record<string, string>>
}

/** Reads a process, or undefined when it is gone or none. */
export function readProcess(pid: number, proc = '/proc'): ProcessInfo | undefined {
  if (pid === 0) return undefined
  const stat = readText(`${proc}/${pid}/stat`)
  if (stat === '') return undefined
  const environment = readText(`${proc}/${pid}/environ`).split('\0')
  return {
    executable: readExecutable(`${proc}/${pid}/exe`),
    arguments: readText(`${proc}/${pid}/cmdline`).split('\0').slice(0, -1),
    cgroup: parseCgroupFile(readText(`${proc}/${pid}/cgroup`)),
    startTime: startTimeOf(stat),
    otelServiceName: variable(environment, 'OTEL_SERVICE_NAME'),
    resourceAttributes: parseResourceAttributes(variable(environment, 'OTEL_RESOURCE_ATTRIBUTES')),
  }
}

/** Start time of a process, or empty when it is gone. */
export function readStartTime(pid: number, proc = '/proc'): string {
  return startTimeOf(readText(`${proc}/${pid}/stat`))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The kernel marks an executable that has been replaced. */
function readExecutable(path: string): string {
  try {
    return readlinkSync(path).replace(/ \(deleted\)$/, '')
  } catch {
    return ''
  }
}

/** Field 22; the name in field 2 may hold blanks and brackets, so count from its end. */
function startTimeOf(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function variable(environment: readonly string[], name: string): string {
  const entry = environment.find((text) => text.startsWith(`${name}=`))
  return entry?.slice(name.length + 1) ?? ''
}

/**
 * `key=value` pairs between commas, percent-encoded (OpenTelemetry resource SDK specification);
 * a text that breaks the form gives nothing, as there.
 */
export function parseResourceAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue
    const equals = pair.indexOf('=')
    const key = pair.slice(0, equals).trim()
    if (equals < 0 || key === '') return {}
    try {
      attributes[decodeURIComponent(key)] = decodeURIComponent(pair.slice(equals + 1).trim())
    } catch {
      return {}
    }
  }
  return attributes
}
