import type { NetworkObservations } from './network_observations.ts'

/**
 * Questions to name servers and what became of them, each as one end saw it: `role` is `client` where
 * it was asked here, `server` where it was answered. `counter` is 0 throughout.
 */
export interface DnsObservations extends NetworkObservations {
  readonly source: 'dns'
  /** `www.example.com` as it was asked for, `.` for the root; what is not printable is `\\DDD`. */
  question(i: number): string
  /** `AAAA`, or `TYPE99`. */
  questionType(i: number): string
  /** When it was asked for the first time, in nanoseconds since 1970. */
  askedNs(i: number): bigint
  /** Nanoseconds from then to the answer, or until it was given up. */
  durationNs(i: number): number
  /** How often it was asked, up to 255. */
  timesAsked(i: number): number
  /** `NOERROR`, `NXDOMAIN`; empty where no answer came. */
  responseCode(i: number): string
  /** Records in the answer. */
  answers(i: number): number
  /** Whether the answer says that it did not fit. */
  isTruncated(i: number): boolean
}

/** Whether reports are of questions to name servers. */
export function isDns(reports: NetworkObservations): reports is DnsObservations {
  return reports.source === 'dns'
}
