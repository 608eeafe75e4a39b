import { type SelectableRecords, Selection, type SelectionOptions } from './selection.ts'
import type { SelectionRules } from './selection_verdict.ts'

/** Reports that rules can be held against. */
export interface SelectableReports extends SelectableRecords {
  readonly itemCount: number
}

/** What a receiver of reports leaves out. */
export interface ChosenConfig extends SelectionRules {
  readonly default_exclude: { readonly own_traffic: boolean }
}

/** What the choice depends on beside the configuration. */
export interface ChosenReportsOptions extends Pick<
  SelectionOptions,
  'reader' | 'onDecision' | 'now'
> {
  /** The agent's own process. */
  readonly pid?: number
}

/** Takes from reports what the configuration leaves out, and counts it. */
export class ChosenReports {
  readonly #selection: Selection
  /** Nothing is left out by rules, so that no process is looked at. */
  readonly #all: boolean
  /** The process that is left out, or -1. */
  readonly #own: number
  readonly #counts = new Map<string, number>([
    ['own_traffic', 0],
    ['excluded', 0],
    ['not_selected', 0],
  ])

  constructor(config: ChosenConfig, { pid = process.pid, ...outside }: ChosenReportsOptions = {}) {
    const { select, exclude, default_exclude } = config
    this.#selection = new Selection({ select, exclude, ...outside })
    this.#all = select.length + exclude.length === 0
    this.#own = default_exclude.own_traffic ? pid : -1
  }

  /** How many reports were left out so far, by reason. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /**
   * Moves the places of the reports that stay to the front of `index`, which is that of `reports`.
   * Returns how many stay; no report is copied.
   */
  compact(reports: SelectableReports, index: Uint32Array): number {
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

  #reasonOf(reports: SelectableReports, i: number): string {
    if (reports.pid(i) === this.#own) return 'own_traffic'
    return this.#all ? '' : this.#selection.leftOut(reports, i)
  }
}
