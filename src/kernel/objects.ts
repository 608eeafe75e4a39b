import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type BpfError, BpfObject, bumpMemlock } from 'libbpf-addon'
import { UnsupportedError } from '../component/errors.ts'

/** Path of the built object of the program `bpf/<name>`. */
export function objectPath(name: string): string {
  return fileURLToPath(new URL(`../../bpf/${name}/build/${name}.bpf.o`, import.meta.url))
}

/**
 * Opens the object of `bpf/<name>`; it is not loaded yet, so constants can be set.
 * Throws UnsupportedError when it has not been built.
 */
export function openObject(name: string): BpfObject {
  const path = objectPath(name)
  if (!existsSync(path)) {
    throw new UnsupportedError(
      `the BPF object of "${name}" is not built`,
      'Run "npm run setup" in the checkout; it needs clang and libbpf-dev.',
    )
  }
  return BpfObject.open(path, { name })
}

/** How an object is loaded. */
export interface LoadRequest {
  /** Opens the object; called again for each try. */
  readonly open: () => BpfObject
  /** Sets constants and sizes, before each try. */
  readonly configure: (object: BpfObject) => void
  /** Programs that can be done without. */
  readonly optional: readonly string[]
  /** Programs that are not loaded but where this kernel refuses another: by that one's name. */
  readonly fallbacks?: Readonly<Record<string, string>>
  /** Optional programs that are loaded although their sections begin with a question mark. */
  readonly asked?: readonly string[]
  /** Told of each of those that the kernel refused. */
  readonly onRefused: (program: string, error: BpfError) => void
}

/** A loaded object and which of its optional programs are not in it. */
export interface LoadedObject {
  readonly object: BpfObject
  readonly refused: ReadonlySet<string>
}

/**
 * Loads an object without those of its optional programs that this kernel refuses: one program that
 * does not pass fails the whole object, so it is turned off and the rest is tried again, with what
 * stands in for it. Throws UnsupportedError where rights are missing or a program that is needed is
 * refused.
 */
export function loadObject(request: LoadRequest): LoadedObject {
  const { open, configure, optional, fallbacks = {}, asked = [], onRefused } = request
  bumpMemlock()
  const refused = new Set<string>()
  for (;;) {
    const object = open()
    try {
      for (const program of asked) object.setAutoload(program, true)
      for (const program of refused) {
        object.setAutoload(program, false)
        const fallback = fallbacks[program]
        if (fallback !== undefined) object.setAutoload(fallback, !refused.has(fallback))
      }
      configure(object)
      asUnsupported(`load the programs of "${object.name}"`, () => object.load())
      return { object, refused }
    } catch (error) {
      object.close()
      const cause = (error as Error).cause as BpfError | undefined
      const program = cause?.program
      const spared = program && (optional.includes(program) || program in fallbacks)
      if (!program || !spared || refused.has(program)) throw error
      refused.add(program)
      if (fallbacks[program] === undefined) onRefused(program, cause)
    }
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  EPERM:
    'Run as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (CAP_SYS_ADMIN before Linux 5.8). ' +
    'If that is given, kernel lockdown, a seccomp filter, or another program that holds the cgroup ' +
    'exclusively may refuse it.',
  EACCES: 'The kernel refused the program; "waggle preflight" lists what this kernel lacks.',
  E2BIG: 'The kernel refused the program; "waggle preflight" lists what this kernel lacks.',
  EINVAL: 'The kernel lacks a feature; "waggle preflight" lists which.',
  ENOTSUPP: 'The kernel lacks a feature; "waggle preflight" lists which.',
  EOPNOTSUPP: 'The kernel lacks a feature; "waggle preflight" lists which.',
  ESRCH: 'The kernel has no BTF of its own (CONFIG_DEBUG_INFO_BTF).',
  ENOENT: 'The kernel lacks the hook; "waggle preflight" lists which.',
}

/** Runs `attempt`; an error of the kernel's becomes an UnsupportedError that says what to do. */
export function asUnsupported<T>(what: string, attempt: () => T): T {
  try {
    return attempt()
  } catch (error) {
    const { code } = error as BpfError
    const remedy = REMEDIES[code]
    if (remedy === undefined) throw new Error(what, { cause: error })
    throw new UnsupportedError(what, remedy, { cause: error })
  }
}
