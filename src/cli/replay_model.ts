import type {
  DeliveryKind,
  Diagnosis,
  Kept,
  Outcome,
  Owner,
  PodRef,
} from '../helpers/delivery/model.ts'

/** A stage as its span tells it. */
export interface ReplayedStage {
  readonly type: string
  readonly subject: string
  readonly owner: Owner
  readonly startMs: number
  readonly endMs: number
  /** False where the log ends, or the pod did, before the stage did. */
  readonly finished: boolean
  readonly errors: readonly ReplayedError[]
}

/** What went wrong during a stage. */
export interface ReplayedError {
  readonly reason: string
  readonly message: string
  readonly count: number
}

/** A delivery as its spans and its log record tell it. */
export interface Replayed {
  readonly traceId: string
  readonly pod: PodRef
  readonly kind: DeliveryKind
  /** The container of a restart; empty for others. */
  readonly container: string
  readonly node: string
  /** `Deployment web`, empty for a pod of its own. */
  readonly workload: string
  readonly startMs: number
  readonly endMs: number
  /** Undefined where the log ends before it does. */
  readonly outcome: Outcome | undefined
  readonly stages: readonly ReplayedStage[]
  readonly kept: Kept
  readonly class: string
  /** 0 for best effort, and where no promise is known. */
  readonly promisedMs: number
  /** Undefined where they are not told. */
  readonly platformMs: number | undefined
  readonly userMs: number | undefined
  readonly code: string
  /** Further codes. */
  readonly also: readonly string[]
  /** How often the container of a restart was started again by then, 0 where it is not told. */
  readonly restarts: number
  readonly owner: Diagnosis['owner']
  readonly sentence: string
  readonly action: string
}
