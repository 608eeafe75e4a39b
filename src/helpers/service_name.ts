import type { ProcessIdentity } from './process_identity.ts'
import type { ProcessInfo } from './process_info.ts'

/**
 * `service.name` of a process that nothing but the host knows: what its environment says, its
 * systemd service, its container, the script or jar that its interpreter runs, its executable, the
 * name in the kernel's record.
 */
export function serviceName({ comm, info, cgroup, names }: ProcessIdentity): string {
  return (
    info?.otelServiceName ||
    info?.resourceAttributes['service.name'] ||
    unitName(cgroup.owner.unit) ||
    names.k8sContainer ||
    names.name ||
    (info && programName(info)) ||
    baseName(info?.executable ?? '') ||
    comm ||
    'unknown_service'
  )
}

/** `nginx.service` is `nginx`. A scope holds what others started, so it names nothing. */
function unitName(unit: string): string {
  return unit.endsWith('.service') ? unit.slice(0, -'.service'.length) : ''
}

/** How the command line of an interpreter says what it runs. */
interface Interpreter {
  /** Its executable, without path and version. */
  readonly name: RegExp
  /** Options whose value is the program. */
  readonly program?: RegExp
  /** Options whose value is code, which names nothing. */
  readonly code?: RegExp
  /** Other options whose value is an argument of its own. */
  readonly valued?: RegExp
  /** Words in front of the program. */
  readonly command?: RegExp
}

const INTERPRETERS: readonly Interpreter[] = [
  { name: /^(python|pypy)$/, program: /^-[a-zA-Z]*m$/, code: /^-[a-zA-Z]*c$/, valued: /^-[WX]$/ },
  {
    name: /^(node|nodejs)$/,
    code: /^(-e|--eval|-p|--print|-pe)\b/,
    valued: /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file)$/,
  },
  { name: /^(deno|bun)$/, code: /^(-e|--eval|eval)$/, valued: /^(-c|--config)$/, command: /^run$/ },
  { name: /^ruby$/, code: /^-[a-z]*e$/, valued: /^-[rIC]$/ },
  { name: /^perl$/, code: /^-[a-zA-Z0]*[eE]$/, valued: /^-I$/ },
  { name: /^php(-cgi)?$/, program: /^(-f|--file)$/, code: /^(-[rBRE]|--run)$/, valued: /^-[dcz]$/ },
  { name: /^(bash|sh|dash|zsh|ksh)$/, code: /^-[a-zA-Z]*c$/, valued: /^[-+][oO]$/ },
  {
    name: /^java$/,
    program: /^(-jar|-m|--module)$/,
    valued:
      /^(-cp|-classpath|--class-path|-p|--module-path|--upgrade-module-path|--add-(modules|opens|exports|reads))$/,
  },
]

/** What an interpreter runs: a script without its suffix, a module, a class; empty for others. */
function programName({ executable, arguments: [, ...words] }: ProcessInfo): string {
  const name = baseName(executable).replace(/[\d.]+$/, '')
  const interpreter = INTERPRETERS.find((one) => one.name.test(name))
  return interpreter ? programAmong(words, interpreter) : ''
}

function programAmong(
  words: readonly string[],
  { program, code, valued, command }: Interpreter,
): string {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    if (program?.test(word)) return withoutSuffix(words[i + 1] ?? '')
    if (code?.test(word)) return ''
    if (valued?.test(word)) i++
    else if (!word.startsWith('-') && !command?.test(word)) return withoutSuffix(word)
  }
  return ''
}

/** Names have dots of their own, `com.example.Main`, so only suffixes that are known are cut off. */
function withoutSuffix(path: string): string {
  return baseName(path).replace(/\.(py|[cm]?[jt]s|rb|pl|php|sh|jar)$/, '')
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
