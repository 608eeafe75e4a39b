/** Why an event is not handed on, where that was not wanted. */
export type Unwanted =
  | 'stage_not_selected'
  | 'level_not_selected'
  | 'verb_not_selected'
  | 'resource_not_selected'
  | 'dry_run'

/** What the delivery of pods can be followed by, as `resource.group/subresource`. */
export const DELIVERY_RESOURCES = [
  'pods',
  'pods/status',
  'pods/binding',
  'pods/eviction',
  'pods/ephemeralcontainers',
  'pods/resize',
  'bindings',
  'events',
  'events.events.k8s.io',
  'deployments.apps',
  'deployments.apps/status',
  'replicasets.apps',
  'replicasets.apps/status',
  'statefulsets.apps',
  'statefulsets.apps/status',
  'daemonsets.apps',
  'daemonsets.apps/status',
  'jobs.batch',
  'jobs.batch/status',
  'cronjobs.batch',
] as const

/** What is kept; `*` in a list keeps all. */
export interface SelectOptions {
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly stages: readonly string[]
  readonly levels: readonly string[]
  readonly dry_run: boolean
}

/** More different resources than this are looked up anew each time. */
const MAX_KNOWN = 1024

/** Decides what is handed on, by what stands in the first part of an event. */
export class Selection {
  readonly #resources: ReadonlySet<string> | undefined
  readonly #verbs: ReadonlySet<string> | undefined
  readonly #stages: ReadonlySet<string> | undefined
  readonly #levels: ReadonlySet<string> | undefined
  readonly #known = new Map<string, Map<string, Map<string, boolean>>>()
  #size = 0
  /** False where requests are kept that changed nothing because they asked for that. */
  readonly dropsDryRuns: boolean

  constructor({ resources, verbs, stages, levels, dry_run }: SelectOptions) {
    this.#resources = setOf(resources)
    this.#verbs = setOf(verbs)
    this.#stages = setOf(stages)
    this.#levels = setOf(levels)
    this.dropsDryRuns = !dry_run
  }

  /** What stands first in an event; undefined where it is wanted so far. */
  ofRequest(level: string, stage: string, verb: string): Unwanted | undefined {
    if (this.#stages && !this.#stages.has(stage)) return 'stage_not_selected'
    if (this.#levels && !this.#levels.has(level)) return 'level_not_selected'
    if (this.#verbs && !this.#verbs.has(verb)) return 'verb_not_selected'
    return undefined
  }

  /** What it was about; all are empty for a request that was about no resource. */
  ofResource(resource: string, group: string, subresource: string): Unwanted | undefined {
    if (!this.#resources) return undefined
    const known = this.#known.get(resource)?.get(group)?.get(subresource)
    const isWanted = known ?? this.#decide(resource, group, subresource)
    return isWanted ? undefined : 'resource_not_selected'
  }

  #decide(resource: string, group: string, subresource: string): boolean {
    const name = `${resource}${group && `.${group}`}${subresource && `/${subresource}`}`
    const isWanted = this.#resources?.has(name) ?? true
    if (this.#size++ >= MAX_KNOWN) return isWanted
    const groups = this.#known.get(resource) ?? new Map<string, Map<string, boolean>>()
    const subresources = groups.get(group) ?? new Map<string, boolean>()
    this.#known.set(resource, groups.set(group, subresources.set(subresource, isWanted)))
    return isWanted
  }
}

function setOf(words: readonly string[]): ReadonlySet<string> | undefined {
  return words.includes('*') ? undefined : new Set(words)
}
