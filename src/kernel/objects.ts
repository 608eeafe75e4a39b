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

/** Loads an opened object. Throws UnsupportedError where rights or kernel features are missing. */
export function loadObject(object: BpfObject): void {
  bumpMemlock()
  asUnsupported(`load the programs of "${object.name}"`, () => object.load())
}

const REMEDIES: Readonly<Record<string, string>> = {
  EPERM:
    'Run as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (CAP_SYS_ADMIN before Linux 5.8). ' +
    'If that is given, kernel lockdown, a seccomp filter, or another program that holds the cgroup ' +
    'exclusively may refuse it.',
  EACCES: 'The kernel refused the program; "waggle preflight" lists what this kernel lacks.',
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
