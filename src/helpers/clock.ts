/** Time as the helpers see it, so that tests can replace it. */
export interface Clock {
  /** Milliseconds that never run backwards; only differences mean anything. */
  now(): number
  /** Runs `callback` after `ms` milliseconds unless the returned function is called first. */
  after(ms: number, callback: () => void): () => void
}

/** The clock of this process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
