import { CgroupTable } from '../../src/helpers/cgroup_table.ts'
import { ProcessReader } from '../../src/helpers/process_identity.ts'
import { Selection, type SelectionOptions } from '../../src/helpers/selection.ts'
import { cgroup2Root } from '../../src/kernel/cgroup.ts'
import type { EbpfSocketsConfig } from './config.ts'
import type { SocketReports } from './observations.ts'

/** Why a report is left out on purpose. */
export const LEFT_OUT = ['own_traffic', 'excluded', 'not_selected'] as const
/** One of those reasons. */
export type LeftOutReason = (typeof LEFT_OUT)[number]

/** What the choice depends on beside the configuration. */
export interface ChosenOptions extends Pick<SelectionOptions, 'reader' | 'onDecision' | 'now'> {
  /** The agent's own process. */
  readonly pid?: number
}

/** Takes from reports what the configuration leaves out, and counts it. */
export class Chosen {
  readonly #selection: Selection
  /** Nothing is left out, so that nothing is looked at. */
  readonly #all: boolean
  /** The process that is left out, or -1. */
  readonly #own: number
  readonly #counts = new Map<LeftOutReason, number>(LEFT_OUT.map((reason) => [reason, 0]))

  constructor(config: EbpfSocketsConfig, { pid = process.pid, ...outside }: ChosenOptions = {}) {
    const { select, exclude, default_exclude } = config
    const cgroups = new CgroupTable({ root: cgroup2Root })
    const reader = outside.reader ?? new ProcessReader({ cgroups })
    this.#selection = new Selection({ select, exclude, ...outside, reader })
    this.#all = select.length + exclude.length === 0
    this.#own = default_exclude.own_traffic ? pid : -1
  }

  /** How many reports were left out so far, by reason. */
  get counts(): ReadonlyMap<LeftOutReason, number> {
    return this.#counts
  }

  /**
   * Moves the places of the reports that stay to the front of `index`, which is that of `reports`.
   * Returns how many stay; no report is copied.
   */
  compact(reports: SocketReports, index: Uint32Array): number {
    this.#selection.refresh()
    let kept = 0
    for (let i = 0; i < reports.itemCount; i++) {
      const reason = this.#reasonOf(reports, i)
      if (reason !== '') this.#counts.set(reason, (this.#counts.get(reason) as number) + 1)
      else {
        index[kept * 2] = index[i * 2] as number
        index[kept * 2 + 1] = index[i * 2 + 1] as number
        kept++
      }
    }
    return kept
  }

  /** Looks for excluded processes that have ended. Call it now and then. */
  sweep(): void {
    this.#selection.sweep()
  }

  #reasonOf(reports: SocketReports, i: number): LeftOutReason | '' {
    if (reports.pid(i) === this.#own) return 'own_traffic'
    return this.#all ? '' : this.#selection.leftOut(reports, i)
  }
}
