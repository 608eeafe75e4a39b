import { hostname } from 'node:os'
import { readFileSync } from 'node:fs'
import type { ContainerTable } from '../../src/helpers/container_table.ts'
import { processAttributes } from '../../src/helpers/process_attributes.ts'
import type { ProcessIdentity } from '../../src/helpers/process_identity.ts'
import { readProcess } from '../../src/helpers/process_info.ts'
import { bootId } from '../../src/helpers/process_instance.ts'
import { type SelectionRules, verdictOn } from '../../src/helpers/selection_verdict.ts'
import { Resource } from '../../src/pdata/resource.ts'
import type { Target } from './walk.ts'

/** Who a container is, from one scrape to the next. */
export interface Identity {
  readonly resource: Resource
  /** Of the pod that it is in; undefined elsewhere. */
  readonly pod: Resource | undefined
  /** Left out by the rules, or a pod's sandbox, which runs nothing. */
  readonly leftOut: boolean
  /** When its first process began, in milliseconds since 1970; undefined where that is not known. */
  readonly startMs: number | undefined
  /** The process that it was read from, or 0. */
  readonly pid: number
  readonly inode: number
  readonly named: boolean
  /** CPU seconds and milliseconds of the last scrape. */
  cpu?: { readonly seconds: number; readonly atMs: number }
}

/** What identities depend on. */
export interface IdentitiesOptions extends SelectionRules {
  readonly proc: string
  readonly containers: ContainerTable
  readonly host?: string
}

/** Keeps who the containers are; read anew when their first process is another one. */
export class Identities {
  readonly #options: IdentitiesOptions
  readonly #host: { readonly name: string; readonly boot: string }
  readonly #known = new Map<string, Identity>()
  /** By uid. */
  readonly #pods = new Map<string, Resource>()

  constructor(options: IdentitiesOptions) {
    this.#options = options
    this.#host = { name: options.host ?? hostname(), boot: bootId(options.proc) }
  }

  /** @param pid its process with the lowest number, or 0; @param nowMs milliseconds since 1970 */
  of(target: Target, pid: number, nowMs: number): Identity {
    const { key, inode, owner } = target
    const known = this.#known.get(key)
    const same = known?.pid === pid && known.inode === inode
    if (same && (known.named || !this.#namesOf(target).named)) return known
    const identity = this.#read(target, pid, nowMs)
    const kept = known?.inode === inode ? continued(known, identity) : identity
    this.#known.set(key, kept)
    if (owner.podUid !== '' && kept.pod) this.#pods.set(owner.podUid, kept.pod)
    return kept
  }

  /** Forgets all but those of this scrape. */
  keep(targets: ReadonlyMap<string, Target>): void {
    for (const key of this.#known.keys()) if (!targets.has(key)) this.#known.delete(key)
    const pods = new Set([...targets.values()].map(({ owner }) => owner.podUid))
    for (const uid of this.#pods.keys()) if (!pods.has(uid)) this.#pods.delete(uid)
  }

  #namesOf({ owner }: Target): { names: ProcessIdentity['names']; named: boolean } {
    const names = this.#options.containers.namesOf(owner)
    return { names, named: names.name !== '' || names.k8sPod !== '' || names.k8sContainer !== '' }
  }

  #read(target: Target, pid: number, nowMs: number): Identity {
    const { proc } = this.#options
    const { names, named } = this.#namesOf(target)
    const info = readProcess(pid, proc)
    const { owner, path } = target
    // Without a pid: these are the attributes of a container, not of one of its processes.
    const identity = { pid: 0, comm: '', info, cgroup: { path, owner }, names }
    return {
      resource: new Resource(processAttributes(identity, this.#host)),
      pod: owner.podUid === '' ? undefined : this.#podOf(identity),
      leftOut: isSandbox(identity) || verdictOn(identity, this.#options).leftOut !== '',
      startMs: info && startOf(info.startTime, nowMs, proc),
      pid: info ? pid : 0,
      inode: target.inode,
      named,
    }
  }

  #podOf({ cgroup, names }: ProcessIdentity): Resource {
    const known = this.#pods.get(cgroup.owner.podUid)
    if (known && (known.attributes['k8s.pod.name'] !== undefined || names.k8sPod === ''))
      return known
    return new Resource({
      'k8s.pod.uid': cgroup.owner.podUid,
      ...(names.k8sPod !== '' && { 'k8s.pod.name': names.k8sPod }),
      ...(names.k8sNamespace !== '' && { 'k8s.namespace.name': names.k8sNamespace }),
      'host.name': this.#host.name,
      'os.type': 'linux',
    })
  }
}

/** The same container: it began when its first process did, and a resource that says the same stays. */
function continued(known: Identity, identity: Identity): Identity {
  const same =
    JSON.stringify(known.resource.attributes) === JSON.stringify(identity.resource.attributes)
  return {
    ...identity,
    resource: same ? known.resource : identity.resource,
    startMs: known.startMs ?? identity.startMs,
    ...(known.cpu && { cpu: known.cpu }),
  }
}

/** Runtimes keep a process that does nothing for each pod; containerd gives it no name, others this one. */
function isSandbox({ names: { k8sContainer, k8sPod } }: ProcessIdentity): boolean {
  return k8sContainer === 'POD' || (k8sPod !== '' && k8sContainer === '')
}

/** From clock ticks since boot to milliseconds since 1970, by proc_uptime(5). */
function startOf(ticks: string, nowMs: number, proc: string): number | undefined {
  try {
    const uptime = Number.parseFloat(readFileSync(`${proc}/uptime`, 'utf8'))
    return Math.min(nowMs, nowMs - uptime * 1000 + Number(ticks) * 10)
  } catch {
    return undefined
  }
}
