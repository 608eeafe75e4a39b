import { formatDuration } from '../../src/config/index.ts'
import type { ComponentFare, GroupFare, Health } from './health.ts'

/**
 * The health in the form of the Collector's first version (`status`, `upSince`, `uptime`), and what
 * it has not: what fails, where and why.
 * @param startedMs when the agent began, in milliseconds since 1970
 */
export function plainView(
  health: Health,
  { startedMs, nowMs, verbose }: { startedMs: number; nowMs: number; verbose: boolean },
): object {
  const { healthy, state } = health
  const seconds = Math.floor((nowMs - startedMs) / 1_000)
  return {
    status: healthy ? 'Server available' : 'Server not available',
    upSince: new Date(startedMs).toISOString(),
    uptime: formatDuration(seconds * 1_000),
    healthy,
    state,
    failing: failing(health, nowMs),
    ...(verbose && {
      pipelines: Object.fromEntries(
        [...health.pipelines].map(([id, group]) => [id, groupView(group)]),
      ),
      extensions: groupView(health.extensions),
    }),
  }
}

/** One pipeline, with its components where they are asked for. */
export function pipelineView(id: string, group: GroupFare, verbose: boolean): object {
  const { components, ...view } = groupView(group)
  return { pipeline: id, ...view, ...(verbose && { components }) }
}

/** Every component with an error, in each pipeline that it is in. */
function failing({ pipelines, extensions }: Health, nowMs: number): object[] {
  const rows = [...pipelines].flatMap(([pipeline, { components }]) =>
    components.filter(hasError).map((one) => ({ pipeline, one })),
  )
  const others = extensions.components.filter(hasError).map((one) => ({ one }))
  return [...rows, ...others].map(({ one, ...place }) => ({
    ...place,
    component: nameOf(one),
    state: one.state,
    error: one.error,
    since: new Date(one.sinceMs).toISOString(),
    for_seconds: Math.floor((nowMs - one.sinceMs) / 1_000),
  }))
}

function hasError({ error }: ComponentFare): boolean {
  return error !== ''
}

function groupView({ healthy, state, error, sinceMs, components }: GroupFare): {
  readonly components: object
  readonly [field: string]: unknown
} {
  return {
    healthy,
    state,
    ...(error !== '' && { error }),
    since: new Date(sinceMs).toISOString(),
    components: Object.fromEntries(
      components.map((one) => [
        nameOf(one),
        {
          healthy: one.healthy,
          state: one.state,
          ...(one.error !== '' && { error: one.error }),
          since: new Date(one.sinceMs).toISOString(),
        },
      ]),
    ),
  }
}

function nameOf({ role, id }: ComponentFare): string {
  return `${role}/${id}`
}
