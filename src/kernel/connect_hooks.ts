import { type BpfObject, probeAttach } from 'libbpf-addon'
import type { Requirement } from '../component/requirement.ts'
import { UnsupportedError } from '../component/errors.ts'
import { cgroup2Root, MOUNT_CGROUP2 } from './cgroup.ts'
import { asUnsupported } from './objects.ts'

/** Programs that see what `connect` is asked for. */
export interface ConnectPrograms {
  /** At the function that `connect` comes to. */
  readonly atFunction: readonly string[]
  /**
   * The same where functions have no hooks: at the root of the cgroups, before all others that may
   * change the address. Those that begin with `cgroup/connect` need Linux 6.17.
   */
  readonly atCgroup: readonly string[]
}

/** Those of the programs that this kernel is to be asked for. */
export function chooseConnect(
  { atFunction, atCgroup }: ConnectPrograms,
  hasFentry: boolean = probeAttach('fentry').answer === 'supported',
): readonly string[] {
  return hasFentry ? atFunction : atCgroup
}

/** Attaches them where their sections say. Throws UnsupportedError. */
export function attachConnect(object: BpfObject, programs: readonly string[]): void {
  for (const name of programs) {
    asUnsupported(`attach ${name}`, () => attachOne(object, name))
  }
}

function attachOne(object: BpfObject, name: string): void {
  const { section = '' } = object.programs.find((program) => program.name === name) ?? {}
  if (!section.startsWith('cgroup/')) {
    object.attach(name)
    return
  }
  const cgroup = cgroup2Root()
  if (cgroup === undefined) {
    throw new UnsupportedError('no cgroup v2 hierarchy is mounted', MOUNT_CGROUP2)
  }
  object.attachCgroup(name, cgroup, { first: section.startsWith('cgroup/connect') })
}

/** Hooks at functions, tried out. */
export function connectRequirement(fallback: string): Requirement {
  const { answer, reason } = probeAttach('fentry')
  const found = reason === undefined ? {} : { found: reason }
  return { name: 'fentry programs', answer, needed: false, ...found, fallback }
}
