import { setTimeout as sleep } from 'node:timers/promises'

export interface EventuallyOptions {
  timeoutMs?: number
  intervalMs?: number
}

/** Calls `attempt` until it no longer throws and returns its result; reports the last error. */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeoutMs = 20_000, intervalMs = 20 }: EventuallyOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (cause) {
      if (performance.now() >= deadline) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new Error(`still failing after ${timeoutMs} ms: ${reason}`, { cause })
      }
    }
    await sleep(intervalMs)
  }
}
