import type { Factory } from '../component/component.ts'
import { describeError } from '../component/errors.ts'
import type { ComponentRegistry } from '../component/registry.ts'
import type { Requirement } from '../component/requirement.ts'
import type { Plan, PlannedComponent } from '../pipeline/plan.ts'

/** A requirement and who has it: `receiver/ebpf_http, receiver/ebpf_flow`. */
export interface PreflightRow extends Requirement {
  readonly neededBy: string
}

/** What the components of a plan need, each component once. */
export function requirementsOf(plan: Plan): PreflightRow[] {
  const used = new Set<PlannedComponent>(plan.extensions)
  for (const { receivers, processors, exporters } of plan.pipelines) {
    for (const { component } of [...receivers, ...processors, ...exporters]) used.add(component)
  }
  return joined(
    [...used].flatMap(({ role, id, factory, config }) => ask(factory, config, `${role}/${id}`)),
  )
}

/** What all components that are built in need of this machine with their defaults. */
export function requirementsOfAll(registry: ComponentRegistry): PreflightRow[] {
  const roles = ['receiver', 'processor', 'connector', 'exporter', 'extension'] as const
  const factories: Factory[] = roles.flatMap((role) => registry.all(role))
  const rows = factories.flatMap((factory) => {
    const defaults = factory.config.safeParse({})
    // A component that has no defaults cannot be asked before it is configured.
    return defaults.success ? ask(factory, defaults.data, `${factory.role}/${factory.type}`) : []
  })
  return joined(rows.filter(({ ofCluster }) => !ofCluster))
}

/** Rows that say the same of several components become one. */
function joined(rows: readonly PreflightRow[]): PreflightRow[] {
  const known = new Map<string, PreflightRow>()
  for (const row of rows) {
    const { neededBy, ...said } = row
    const key = JSON.stringify(said)
    const same = known.get(key)
    known.set(key, same ? { ...row, neededBy: `${same.neededBy}, ${neededBy}` } : row)
  }
  return [...known.values()]
}

function ask(factory: Factory, config: unknown, neededBy: string): PreflightRow[] {
  try {
    return (factory.preflight?.(config) ?? []).map((row) => ({ ...row, neededBy }))
  } catch (error) {
    const found = describeError(error)
    return [{ name: 'preflight', answer: 'unknown', needed: true, found, neededBy }]
  }
}

/** True when all that is needed is there; what could not be told counts as there. */
export function allNeededIsThere(rows: readonly Requirement[]): boolean {
  return rows.every(({ answer, needed }) => !needed || answer !== 'not_supported')
}

const ANSWERS = {
  supported: 'supported',
  not_supported: 'not supported',
  unknown: 'could not tell',
} as const

/** The rows as a table, and under what is not supported what is done instead and what would help. */
export function preflightText(rows: readonly PreflightRow[]): string {
  if (rows.length === 0) return 'Nothing is needed of this machine.\n'
  const cells = rows.map(({ name, answer, neededBy, needed, found = '' }) => {
    return [name, ANSWERS[answer], needed ? neededBy : `${neededBy} (optional)`, found]
  })
  const table = [['FEATURE', 'ANSWER', 'NEEDED BY', 'FOUND'], ...cells]
  const widths = [0, 1, 2].map((n) => Math.max(...table.map((row) => row[n]!.length)))
  const lines = table.map((row) =>
    row
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return lines.map((line, n) => `${line}\n${n === 0 ? '' : advice(rows[n - 1]!)}`).join('')
}

function advice({ answer, fallback, remedy }: PreflightRow): string {
  if (answer === 'supported') return ''
  return (fallback ? `    instead: ${fallback}\n` : '') + (remedy ? `    remedy: ${remedy}\n` : '')
}
