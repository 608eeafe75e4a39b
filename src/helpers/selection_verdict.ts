import type { ProcessIdentity } from './process_identity.ts'
import type { SelectionRule } from './selection_config.ts'
import { PortSet } from './selection_ports.ts'
import { serviceName } from './service_name.ts'

/** Why something is left out by rules; empty where it is not. */
export type LeftOut = '' | 'not_selected' | 'excluded'

/** What the rules say of a process. */
export interface Verdict {
  /** Why all of it is left out. */
  readonly leftOut: LeftOut
  /** The ports that alone are taken; undefined where all are. */
  readonly selected: PortSet | undefined
  /** The ports that are left out. */
  readonly excluded: PortSet | undefined
}

/** The rules of a receiver. */
export interface SelectionRules {
  /** What is observed; everything where there are none. */
  readonly select: readonly SelectionRule[]
  /** What is not. */
  readonly exclude: readonly SelectionRule[]
}

/** Holds the rules against a process; only ports remain to be looked at. */
export function verdictOn(process: ProcessIdentity, { select, exclude }: SelectionRules): Verdict {
  const excluding = exclude.filter((rule) => isMeant(process, rule))
  const selecting = select.filter((rule) => isMeant(process, rule))
  if (excluding.some((rule) => !rule.port)) return whole('excluded')
  if (select.length > 0 && selecting.length === 0) return whole('not_selected')
  const all = select.length === 0 || selecting.some((rule) => !rule.port)
  return {
    leftOut: '',
    selected: all ? undefined : portsOf(selecting),
    excluded: excluding.length === 0 ? undefined : portsOf(excluding),
  }
}

function whole(leftOut: LeftOut): Verdict {
  return { leftOut, selected: undefined, excluded: undefined }
}

function portsOf(rules: readonly SelectionRule[]): PortSet {
  return PortSet.union(rules.flatMap((rule) => rule.port ?? []))
}

/** Whether a rule but for its ports is about that process. */
function isMeant(process: ProcessIdentity, rule: SelectionRule): boolean {
  const { executable, service } = rule
  if (!isMeantCgroup(process, rule)) return false
  if (executable && !runs(process, rule)) return false
  return !service || service.matches(serviceName(process))
}

function runs({ info, comm }: ProcessIdentity, { executable }: SelectionRule): boolean {
  const path = info?.executable || comm
  const name = path.slice(path.lastIndexOf('/') + 1)
  return executable!.matches(executable!.text.includes('/') ? path : name)
}

/** The part of a rule that a cgroup alone can answer. */
function isMeantCgroup({ cgroup, names }: ProcessIdentity, rule: SelectionRule): boolean {
  const { owner, path } = cgroup
  if (rule.cgroup && !rule.cgroup.holds(path)) return false
  if (rule.unit && !(owner.unit !== '' && rule.unit.matches(owner.unit))) return false
  if (!rule.container) return true
  const { container } = rule
  const called = [owner.containerId, names.k8sContainer, names.name]
  return called.some((name) => name !== '' && container.matches(name))
}

/** Whether a rule asks for nothing that another process of the same cgroup may answer otherwise. */
function isOfCgroup({ executable, port, service }: SelectionRule): boolean {
  return !executable && !port && !service
}

/** Whether the rules leave out all of the process's cgroup, whoever is in it. */
export function leavesOutCgroup(
  process: ProcessIdentity,
  { select, exclude }: SelectionRules,
): boolean {
  if (exclude.some((rule) => isOfCgroup(rule) && isMeantCgroup(process, rule))) return true
  return select.length > 0 && !select.some((rule) => isMeantCgroup(process, rule))
}

/** Whether the rules are about ports and nothing else, so that no process has to be read. */
export function asksOnlyForPorts({ select, exclude }: SelectionRules): boolean {
  return [...select, ...exclude].every(
    ({ executable, cgroup, unit, container, service }) =>
      !executable && !cgroup && !unit && !container && !service,
  )
}
