import type { ProcessInfo } from './process_info.ts'

/** Interpreters whose first argument that is no option says what runs; versions may follow. */
const INTERPRETER = /^(python|pypy|node|nodejs|ruby|perl|php|bash|sh|dash|deno|bun)[\d.]*$/

/**
 * `service.name` of a process that nothing but the host knows: what its environment says, its
 * systemd unit, the script or jar that its interpreter runs, its executable, the name in the
 * kernel's record.
 */
export function serviceName(info: ProcessInfo | undefined, comm: string): string {
  if (!info) return comm || 'unknown_service'
  return (
    info.otelServiceName ||
    info.resourceAttributes['service.name'] ||
    unitName(info.cgroup) ||
    programName(info) ||
    baseName(info.executable) ||
    comm ||
    'unknown_service'
  )
}

/** The system service a cgroup belongs to: `/system.slice/nginx.service` is `nginx`. */
function unitName(cgroup: string): string {
  return /^\/system\.slice\/(?:.*\/)?([^/]+)\.service(?:\/|$)/.exec(cgroup)?.[1] ?? ''
}

function programName({ executable, arguments: all }: ProcessInfo): string {
  const interpreter = baseName(executable)
  if (interpreter === 'java') return jarOrClass(all)
  if (!INTERPRETER.test(interpreter)) return ''
  const module = all.indexOf('-m')
  if (module > 0 && interpreter.startsWith('python')) return all[module + 1] ?? ''
  const script = all.slice(1).find((argument) => !argument.startsWith('-'))
  return script === undefined ? '' : baseName(script).replace(/\.[a-z]+$/, '')
}

function jarOrClass(all: readonly string[]): string {
  const jar = all.indexOf('-jar')
  const name = jar > 0 ? all[jar + 1] : all.slice(1).find((argument) => !argument.startsWith('-'))
  return baseName(name ?? '').replace(/\.jar$/, '')
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
