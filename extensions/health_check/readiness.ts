import type { ComponentState, ComponentStatus } from '../../src/component/status.ts'

const RUNNING: ReadonlySet<ComponentState> = new Set(['ok', 'recoverable_error'])

/**
 * What the agent waits for before it takes data in: `receiver/otlp starting`. Receivers start last
 * and end first, so that all else runs while they do; after a reload two of one name may be there for
 * a while, of which one has to run. Empty when it is ready.
 */
export function waitingFor(statuses: readonly ComponentStatus[]): string[] {
  const receivers = statuses.filter(({ role }) => role === 'receiver')
  if (receivers.length === 0) return ['receivers']
  const running = new Set(receivers.filter(({ state }) => RUNNING.has(state)).map(({ id }) => id))
  return receivers
    .filter(({ id }) => !running.has(id))
    .map(({ id, state }) => `receiver/${id} ${state}`)
}
