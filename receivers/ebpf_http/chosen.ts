import { CgroupTable } from '../../src/helpers/cgroup_table.ts'
import { ProcessReader } from '../../src/helpers/process_identity.ts'
import { Selection, type SelectionOptions } from '../../src/helpers/selection.ts'
import { HttpChores } from '../../src/helpers/selection_http.ts'
import { cgroup2Root } from '../../src/kernel/cgroup.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { HTTP_EXCHANGE, HTTP_FLAG, HTTP_ROLE } from '../../src/pdata/http_record.ts'
import type { EbpfHttpConfig } from './config.ts'

/** Why an exchange is left out on purpose. */
export const LEFT_OUT = [
  'own_traffic',
  'kubelet_probe',
  'telemetry_export',
  'metrics_scrape',
  'excluded',
  'not_selected',
] as const
/** One of those reasons. */
export type LeftOutReason = (typeof LEFT_OUT)[number]

/** Exchanges of clients that were left out and are remembered. */
const MAX_CLIENTS = 8192

/** What the choice depends on beside the configuration. */
export interface ChosenOptions extends Pick<
  SelectionOptions,
  'reader' | 'onDecision' | 'onCgroupDecision' | 'now'
> {
  /** The agent's own process. */
  readonly pid?: number
}

/** Takes from batches what the configuration leaves out, and counts it. */
export class Chosen {
  readonly #selection: Selection
  readonly #chores: HttpChores
  /** The process that is left out, or -1. */
  readonly #own: number
  readonly #counts = new Map<LeftOutReason, number>(LEFT_OUT.map((reason) => [reason, 0]))
  /** Exchanges whose client's end was left out, of this batch and of earlier ones. */
  #clients = new Set<number>()
  #earlierClients = new Set<number>()

  constructor(config: EbpfHttpConfig, { pid = process.pid, ...outside }: ChosenOptions = {}) {
    const { select, exclude, default_exclude } = config
    const cgroups = new CgroupTable({ root: cgroup2Root })
    const reader = outside.reader ?? new ProcessReader({ cgroups })
    this.#selection = new Selection({ select, exclude, ...outside, reader })
    this.#chores = new HttpChores(default_exclude)
    this.#own = default_exclude.own_traffic ? pid : -1
  }

  /** How many exchanges were left out so far, by reason. */
  get counts(): ReadonlyMap<LeftOutReason, number> {
    return this.#counts
  }

  /**
   * Moves the places of the records that stay to the front of `index`, which is that of `records`.
   * Returns how many stay; no record is copied.
   */
  compact(records: HttpObservations, index: Uint32Array): number {
    this.#selection.refresh()
    let kept = 0
    for (let i = 0; i < records.itemCount; i++) {
      const reason = this.#reasonOf(records, i)
      if (reason !== '') this.#leaveOut(records, i, reason)
      else {
        index[kept * 2] = index[i * 2] as number
        index[kept * 2 + 1] = index[i * 2 + 1] as number
        kept++
      }
    }
    if (this.#clients.size + this.#earlierClients.size > 0) this.#partServers(records, kept)
    return kept
  }

  /** Whether so many exchanges like record `i` are taken; counts them where they are not. */
  takes(records: HttpObservations, i: number, exchanges: number): boolean {
    this.#selection.refresh()
    const reason = this.#reasonOf(records, i)
    if (reason === '') return true
    this.#counts.set(reason, (this.#counts.get(reason) as number) + exchanges)
    return false
  }

  /** Looks for excluded processes that have ended. Call it now and then. */
  sweep(): void {
    this.#selection.sweep()
  }

  #reasonOf(records: HttpObservations, i: number): LeftOutReason | '' {
    if (records.pid(i) === this.#own) return 'own_traffic'
    return this.#chores.choreOf(records, i) || this.#selection.leftOut(records, i)
  }

  #leaveOut(records: HttpObservations, i: number, reason: LeftOutReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) as number) + 1)
    if (records.role(i) !== HTTP_ROLE.client) return
    if (this.#clients.size === MAX_CLIENTS) {
      this.#earlierClients = this.#clients
      this.#clients = new Set()
    }
    this.#clients.add(exchangeOf(records, i))
  }

  /** A server's exchange has no parent here whose client's end is left out. */
  #partServers(records: HttpObservations, kept: number): void {
    for (let i = 0; i < kept; i++) {
      const flags = records.flags(i)
      if (records.role(i) !== HTTP_ROLE.server || (flags & HTTP_FLAG.peer_seen) === 0) continue
      const exchange = exchangeOf(records, i)
      if (!this.#clients.has(exchange) && !this.#earlierClients.has(exchange)) continue
      const at = records.offset(i) + HTTP_EXCHANGE.flags
      records.bytes.writeUInt16LE(flags & ~HTTP_FLAG.peer_seen, at)
    }
  }
}

/** The same at both ends, and in all likelihood at no other exchange of these seconds. */
function exchangeOf(records: HttpObservations, i: number): number {
  const request = records.int(i, HTTP_EXCHANGE.request_seq)
  return Math.imul(request, 0x9e3779b1) ^ records.int(i, HTTP_EXCHANGE.response_seq)
}
