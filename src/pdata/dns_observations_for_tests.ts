import type { DnsObservations } from './dns_observations.ts'
import type { NetworkGauge } from './network_observations.ts'
import {
  ArrayNetworkObservations,
  type Report,
  type ReportBatch,
} from './network_observations_for_tests.ts'

/** One question as a test gives it. */
export interface Lookup extends Pick<Report, 'role' | 'local' | 'peer' | 'pid' | 'comm'> {
  readonly question: string
  readonly type?: string
  readonly askedNs?: bigint
  readonly ms?: number
  /** Empty where no answer came. */
  readonly code?: string
  readonly answers?: number
}

/** Questions to name servers out of an array; one is answered with one address in a millisecond. */
export class ArrayDnsObservations extends ArrayNetworkObservations implements DnsObservations {
  declare readonly source: 'dns'
  readonly #lookups: readonly Lookup[]

  constructor(lookups: readonly Lookup[], batch: ReportBatch = {}) {
    const server = { peer: '10.0.0.53:53', transport: 'udp' }
    const reports = lookups.map((lookup) => ({ ...server, ...lookup, answers: 0 }))
    super(reports, { ...batch, source: 'dns' })
    this.#lookups = lookups
  }

  override gauge(i: number, which: NetworkGauge): number | undefined {
    const isOwn = which === (this.role(i) === 'client' ? 'lookup_us' : 'answer_us')
    return isOwn ? this.durationNs(i) / 1000 : undefined
  }

  override reason(i: number): string {
    const code = this.responseCode(i)
    if (code === '') return 'timeout'
    return code === 'NOERROR' ? '' : code
  }

  question(i: number): string {
    return this.#of(i).question
  }

  questionType(i: number): string {
    return this.#of(i).type ?? 'A'
  }

  askedNs(i: number): bigint {
    return this.#of(i).askedNs ?? 1_790_000_001_000_000_000n
  }

  durationNs(i: number): number {
    return (this.#of(i).ms ?? 1) * 1e6
  }

  timesAsked(_i: number): number {
    return 1
  }

  responseCode(i: number): string {
    return this.#of(i).code ?? 'NOERROR'
  }

  answers(i: number): number {
    return this.#of(i).answers ?? 1
  }

  isTruncated(_i: number): boolean {
    return false
  }

  #of(i: number): Lookup {
    return this.#lookups[i]!
  }
}
