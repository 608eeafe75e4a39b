/** Bytes and operations of a block device. */
export interface DeviceIo {
  /** `8:0`. */
  readonly device: string
  readonly readBytes: number
  readonly writeBytes: number
  readonly reads: number
  readonly writes: number
}

/** What a cgroup and all below it have used; what its kernel does not say is undefined. */
export interface CgroupStats {
  /** Seconds. */
  readonly cpu?: {
    readonly user: number | undefined
    readonly system: number | undefined
    readonly total: number | undefined
  }
  readonly throttling?: {
    readonly periods: number | undefined
    readonly throttledPeriods: number | undefined
    /** Seconds. */
    readonly throttled: number | undefined
  }
  /** CPUs that it may use at most. */
  readonly cpuLimit?: number | undefined
  /** Bytes. */
  readonly memory?: {
    readonly usage: number | undefined
    readonly inactiveFile: number | undefined
    readonly rss: number | undefined
    readonly limit: number | undefined
    readonly faults: number | undefined
    readonly majorFaults: number | undefined
    readonly oomKills: number | undefined
  }
  readonly io?: readonly DeviceIo[]
  readonly pids?: { readonly current: number | undefined; readonly limit: number | undefined }
}

/** Reads a file of a cgroup; undefined where there is none, or no more. Throws for another reason. */
export type ReadFile = (path: string) => string | undefined

/** A number that a file consists of; undefined for `max`, and where there is no file. */
export function numberIn(text: string | undefined): number | undefined {
  const number = text === undefined ? NaN : Number.parseInt(text, 10)
  return Number.isNaN(number) ? undefined : number
}

/** A number of a unit that there are so many of in the wanted one. */
export function scaled(value: number | undefined, parts: number): number | undefined {
  return value === undefined ? undefined : value / parts
}
