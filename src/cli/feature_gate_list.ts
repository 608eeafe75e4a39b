import { gatesOf } from '../config/index.ts'
import type { FeatureGate, FeatureGates } from '../config/index.ts'

/**
 * What `featuregate` prints: a table of all gates, or all about the one asked for. Throws
 * FeatureGateError where a name is not known.
 */
export function featureGateList(id: string | undefined, chosen: readonly string[]): string {
  const gates = gatesOf(chosen)
  return id === undefined ? table(gates) : about(gates.gate(id), gates)
}

function table(gates: FeatureGates): string {
  const rows = gates.all().map((gate) => [gate.id, state(gate, gates), gate.stage])
  const cells = [['ID', 'ENABLED', 'STAGE'], ...rows]
  const widths = [0, 1, 2].map((n) => Math.max(...cells.map((row) => row[n]!.length)))
  const descriptions = ['DESCRIPTION', ...gates.all().map(({ description }) => description)]
  const line = (row: readonly string[], n: number): string =>
    `${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}  ${descriptions[n]}\n`
  return cells.map(line).join('')
}

function about(gate: FeatureGate, gates: FeatureGates): string {
  return [
    `Feature: ${gate.id}`,
    `Enabled: ${state(gate, gates)}`,
    `Stage: ${gate.stage}`,
    `Description: ${gate.description}`,
    `From version: ${gate.since}`,
    '',
  ].join('\n')
}

function state({ id }: FeatureGate, gates: FeatureGates): string {
  return String(gates.isEnabled(id))
}
