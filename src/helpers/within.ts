import type { Clock } from './clock.ts'

/** Resolves with `done`, or after `ms` milliseconds. */
export async function within(clock: Clock, ms: number, done: Promise<unknown>): Promise<void> {
  let cancel = (): void => {}
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve)
  })
  await Promise.race([done, late])
  cancel()
}
