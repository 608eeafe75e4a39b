/** What can do less when the agent costs more than `service.limits` allows. */
export interface Governed {
  /**
   * Keep 1 of 2^`shift` of what there is, chosen so that both ends of an exchange choose the same;
   * 0 keeps all. What is left out is counted by whoever leaves it out.
   */
  setSampling(shift: number): void
  /** Items that were kept so far: what the agent's cost grows with. */
  items(): number
  /** Cores that its programs in the kernel cost, while that is known. */
  programCores?(): number | undefined
}

/** `service.limits` as components meet it. */
export interface Limits {
  /**
   * Puts something under the limits: it is told at once when it has to do less, and at each change.
   * Returns what ends it.
   */
  govern(governed: Governed): () => void
}

/** `service.limits` as the graph meets it. */
export interface AgentLimits extends Limits {
  /** Why receivers may not take in more now, as a reason of a refusal; undefined while they may. */
  refusal(): string | undefined
}

/** No limits are set. */
export const NO_LIMITS: AgentLimits = { govern: () => () => {}, refusal: () => undefined }
