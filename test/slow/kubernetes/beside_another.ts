import { expect, it } from 'vitest'
import { eventually } from '../../kit/eventually.ts'
import type { KubeObject } from '../../kubernetes/client.ts'
import { startJsonServer } from '../../kubernetes/json_server.ts'
import { deployment, untilReady } from '../../kubernetes/scenarios_kit.ts'
import { startWorld } from '../../kubernetes/world.ts'
import type { World } from '../../kubernetes/world.ts'

// A busy machine is no failure.
const PATIENCE = { timeoutMs: 90_000 }

/** That there may be two worlds at once, that kwok plays nodes, and that webhooks get the audit. */
export function besideAnother(world: () => World): void {
  it('runs beside another world, whose nodes are of kwok and whose audit goes to a webhook', async () => {
    const got: KubeObject[] = []
    const sink = await startJsonServer(({ items }) => void got.push(...(items as KubeObject[])))
    const { minor } = world()
    const other = await startWorld({ minor, nodes: [], kwokNodes: 2, auditWebhook: sink })
    await other.namespace('beside')
    await other.apply(deployment('beside', { replicas: 4 }))
    await untilReady(other, 'beside', 4)
    await eventually(() => {
      const ids = new Set(got.map(({ auditID }) => auditID))
      const missing = other.audit.events().filter(({ auditID }) => !ids.has(auditID))
      expect(missing).toEqual([])
      expect(ids.size).toBeGreaterThan(0)
    }, PATIENCE)
    const names = (of: World) => of.kubectl(['get', 'namespace', '--output=name'])
    expect(await names(other)).toContain('namespace/beside')
    expect(await names(world())).not.toContain('namespace/beside')
    await other.stop()
    expect(other.processes.map(({ exit }) => exit === undefined)).toEqual(
      other.processes.map(() => false),
    )
  }, 400_000)
}
