import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endAll } from '../kit/cleanup.ts'
import type { KubeObject } from './client.ts'
import { namespaceOf } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { probed } from './scenarios/denials.ts'
import { rollouts } from './scenarios/rollouts.ts'
import { scenarios } from './scenarios.ts'
import { MINORS, VERSIONS } from './versions.ts'
import type { Minor } from './versions.ts'
import { startWorld } from './world.ts'
import type { NodeOptions, World } from './world.ts'

const RECORDED = join(import.meta.dirname, 'recorded')

const inZone = (name: string): Record<string, string> => ({ 'topology.kubernetes.io/zone': name })

const DEDICATED = [{ key: 'dedicated', value: 'batch', effect: 'NoSchedule' }]

/** The nodes of the world that is recorded. */
const NODES: readonly NodeOptions[] = [
  { name: 'node-1', labels: inZone('zone-a') },
  { name: 'node-2', labels: inZone('zone-b') },
  {
    name: 'node-small',
    cpu: '2',
    memory: '4Gi',
    labels: inZone('zone-b'),
    taints: DEDICATED,
  },
  // Its kubelet goes away in one scenario.
  { name: 'node-lost', labels: inZone('zone-a'), taints: DEDICATED },
]

/** Plays scenarios at the same time in one world, and writes what the audit log has of each. */
export async function record(minor: Minor, wanted: readonly Scenario[]): Promise<void> {
  const world = await startWorld({ minor, nodes: NODES })
  // One after the other, so that nothing waits for a busy machine.
  const played = wanted.map(async (one, at) => sleep(at * 400).then(() => play(world, one)))
  const outcomes = await Promise.allSettled(played)
  for (const { problems } of world.kubelets.values()) for (const one of problems) say(one)
  const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  await world.stop()
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'))
}

async function play(world: World, scenario: Scenario): Promise<void> {
  const namespace = namespaceOf(scenario)
  await world.namespace(namespace, scenario.script)
  await scenario.run(world, namespace)
  const lines = world.audit
    .linesOf(namespace, scenario.nodes)
    .filter((line) => isKept(scenario, line))
  const folder = join(RECORDED, VERSIONS[world.minor].version)
  mkdirSync(folder, { recursive: true })
  const text = lines.map((line) => `${line}\n`).join('')
  writeFileSync(join(folder, `${scenario.name}.jsonl`), text)
  say(
    `${world.version} ${scenario.name}: ${lines.length} lines, ${Math.ceil(text.length / 1024)} KB`,
  )
}

/**
 * What is left out to keep files small: how controllers count up the status of workloads, but for the
 * scenarios that are about it; the ConfigMap that each namespace has; and what only asked whether a pod
 * would be refused.
 */
export function isKept(scenario: Scenario, line: string): boolean {
  const { objectRef } = JSON.parse(line) as KubeObject
  if (objectRef.resource === 'configmaps') return false
  if (probed.has(namespaceOf(scenario)) && line.includes('dryRun=All')) return false
  const isCount = objectRef.subresource === 'status' && objectRef.apiGroup === 'apps'
  return !isCount || rollouts.includes(scenario)
}

const say = (line: string): unknown => process.stderr.write(`${line}\n`)

if (process.argv[1] === import.meta.filename) {
  const args = process.argv.slice(2)
  const minors = MINORS.filter((minor) => args.includes(minor))
  const names = args.filter((arg) => !MINORS.includes(arg as Minor))
  const wanted = scenarios.filter(({ name }) => names.length === 0 || names.includes(name))
  try {
    for (const minor of minors.length > 0 ? minors : MINORS) await record(minor, wanted)
  } finally {
    await endAll()
  }
}
