import { ProcessCache, type ProcessRecords } from './process_cache.ts'
import { NOBODY, type ProcessIdentity, ProcessReader } from './process_identity.ts'
import {
  asksOnlyForPorts,
  leavesOutCgroup,
  type LeftOut,
  type SelectionRules,
  type Verdict,
  verdictOn,
} from './selection_verdict.ts'

/** Processes whose life one `sweep` looks at. */
const SWEEP = 256

/** Records that rules can be held against. */
export interface SelectableRecords extends ProcessRecords {
  /** The port that the exchange of record `i` was served at. */
  serverPort(i: number): number
}

/** What a selection depends on. */
export interface SelectionOptions extends SelectionRules {
  /** Processes whose verdict is kept. */
  readonly limit?: number
  readonly reader?: ProcessReader
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number
  /**
   * Is told `true` when all of a process that runs is left out, and `false` once that pid may belong to another
   * process. Where nothing comes of an excluded process any more, `sweep` finds that it has ended.
   */
  readonly onDecision?: (pid: number, excluded: boolean) => void
  /** Is told the ids of cgroups that are left out whoever is in them. Ids are never used again. */
  readonly onCgroupDecision?: (cgroupId: number, excluded: true) => void
}

/**
 * Says which records the rules of `select` and `exclude` leave out. What a rule says of a process is
 * worked out once for each process; a record then costs a look-up, and its port where a rule has one.
 */
export class Selection {
  readonly #rules: SelectionRules
  readonly #reader: ProcessReader
  readonly #onDecision: (pid: number, excluded: boolean) => void
  readonly #onCgroupDecision: SelectionOptions['onCgroupDecision']
  /** Undefined where the rules ask for nothing but ports; then one verdict is everybody's. */
  readonly #verdicts: ProcessCache<Verdict> | undefined
  readonly #everybody: Verdict
  /** Processes of which `true` was told. */
  readonly #excluded = new Set<number>()

  constructor({
    select,
    exclude,
    reader = new ProcessReader(),
    onDecision = () => {},
    onCgroupDecision,
    ...cache
  }: SelectionOptions) {
    this.#rules = { select, exclude }
    this.#reader = reader
    this.#onDecision = onDecision
    this.#onCgroupDecision = onCgroupDecision
    this.#everybody = verdictOn(NOBODY, this.#rules)
    if (asksOnlyForPorts(this.#rules)) return
    const decide = (process: ProcessIdentity, cgroupId: number): Verdict =>
      this.#decide(process, cgroupId)
    const onForget = (pid: number): void => this.#forget(pid)
    this.#verdicts = new ProcessCache(decide, { ...cache, reader, onForget })
  }

  /** Reads the clock. Call it once a batch. */
  refresh(): void {
    this.#verdicts?.refresh()
  }

  /** Why record `i` is left out, or empty. */
  leftOut(records: SelectableRecords, i: number): LeftOut {
    const verdict = this.#verdicts ? this.#verdicts.valueOf(records, i) : this.#everybody
    if (verdict.leftOut !== '') return verdict.leftOut
    if (!verdict.selected && !verdict.excluded) return ''
    const port = records.serverPort(i)
    if (verdict.excluded?.has(port)) return 'excluded'
    return verdict.selected && !verdict.selected.has(port) ? 'not_selected' : ''
  }

  /** Looks for excluded processes that have ended, among 256 at a time: call it again and again. */
  sweep(): void {
    for (const pid of [...this.#excluded].slice(0, SWEEP)) {
      if (!this.#verdicts?.isCurrent(pid)) this.#verdicts?.forget(pid)
      // Those that were looked at go to the end of the line.
      else if (this.#excluded.delete(pid)) this.#excluded.add(pid)
    }
  }

  #decide(process: ProcessIdentity, cgroupId: number): Verdict {
    const verdict = verdictOn(process, this.#rules)
    if (verdict.leftOut === '') return verdict
    this.#tellOfCgroup(process, cgroupId)
    if (process.info) {
      this.#excluded.add(process.pid)
      this.#onDecision(process.pid, true)
    }
    return verdict
  }

  /** Sockets may have been made in another cgroup than their process is in. */
  #tellOfCgroup(process: ProcessIdentity, cgroupId: number): void {
    if (!this.#onCgroupDecision || !leavesOutCgroup(process, this.#rules)) return
    const path = this.#reader.cgroupPath(cgroupId)
    if (path !== '' && path === process.cgroup.path) this.#onCgroupDecision(cgroupId, true)
  }

  #forget(pid: number): void {
    if (this.#excluded.delete(pid)) this.#onDecision(pid, false)
  }
}
