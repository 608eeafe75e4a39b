import type { KubeObject } from '../client.ts'
import type { Scenario } from '../scenario.ts'
import { bindVolume, claim, deployment, isReady, lonePod } from '../scenarios_kit.ts'
import { untilPods, untilReady, untilSaid, withClaim } from '../scenarios_kit.ts'
import { healthy } from '../scripts.ts'
import type { World } from '../world.ts'

/** A Deployment that the scheduler finds no node for, and what it says of it. */
function unschedulable(
  name: string,
  objects: (namespace: string) => KubeObject[],
  { ready = 0 } = {},
): Scenario {
  const run = async (world: World, namespace: string) => {
    await world.apply(...objects(namespace))
    await untilSaid(world, namespace, 'FailedScheduling')
    await untilReady(world, namespace, ready)
  }
  return { name: `unschedulable_${name}`, run }
}

const zone = (value: string) => ({
  key: 'topology.kubernetes.io/zone',
  operator: 'In',
  values: [value],
})

const SMALL = {
  nodeSelector: { 'kubernetes.io/hostname': 'node-small' },
  tolerations: [{ key: 'dedicated', operator: 'Exists' }],
}
const priority = (name: string, value: number) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
})
const most = { resources: { requests: { cpu: '1500m' } } }

/** What the scheduler decides, in its own words. */
export const scheduling: readonly Scenario[] = [
  unschedulable('cpu', (namespace) => [
    deployment(namespace, { container: { resources: { requests: { cpu: '64' } } } }),
  ]),
  unschedulable('memory', (namespace) => [
    deployment(namespace, { container: { resources: { requests: { memory: '512Gi' } } } }),
  ]),
  unschedulable('taint', (namespace) => [
    deployment(namespace, { pod: { nodeSelector: SMALL.nodeSelector } }),
  ]),
  unschedulable('node_affinity', (namespace) => [
    deployment(namespace, { pod: { nodeSelector: { disktype: 'nvme' } } }),
  ]),
  unschedulable(
    'pod_anti_affinity',
    (namespace) => {
      const term = {
        labelSelector: { matchLabels: { app: 'web' } },
        topologyKey: 'kubernetes.io/hostname',
      }
      const affinity = {
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
      }
      return [deployment(namespace, { replicas: 3, pod: { affinity } })]
    },
    { ready: 2 },
  ),
  unschedulable(
    'topology_spread',
    (namespace) => {
      const spread = {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
      }
      const pod = {
        topologySpreadConstraints: [spread],
        // The second zone counts as well, but may not be used.
        tolerations: SMALL.tolerations,
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              {
                labelSelector: { matchLabels: { app: 'web' } },
                topologyKey: 'kubernetes.io/hostname',
              },
            ],
          },
        },
      }
      return [deployment(namespace, { replicas: 2, pod })]
    },
    { ready: 1 },
  ),
  unschedulable('claim_unbound', (namespace) => [
    claim(namespace, {}),
    deployment(namespace, withClaim),
  ]),
  unschedulable('claim_missing', (namespace) => [deployment(namespace, withClaim)]),
  {
    name: 'unschedulable_volume_zone',
    run: async (world, namespace) => {
      const terms = [{ matchExpressions: [zone('zone-c')] }]
      const nodeAffinity = { required: { nodeSelectorTerms: terms } }
      const hostPath = { path: '/data' }
      await bindVolume(world, namespace, 'data-of-zone-c', { hostPath, nodeAffinity })
      await world.apply(deployment(namespace, withClaim))
      await untilSaid(world, namespace, 'FailedScheduling')
    },
  },
  {
    name: 'unschedulable_host_port',
    run: async (world, namespace) => {
      const container = { ports: [{ containerPort: 8080, hostPort: 18_080 }] }
      await world.apply(deployment(namespace, { replicas: 3, container }))
      await untilReady(world, namespace, 2)
      await untilSaid(world, namespace, 'FailedScheduling')
    },
  },
  {
    name: 'scheduling_gated',
    run: async (world, namespace) => {
      const containers = [{ name: 'app', image: 'registry.example.com/shop/web:1.4.2' }]
      const schedulingGates = [{ name: 'example.com/budget' }]
      await world.apply(lonePod(namespace, 'gated', { containers, schedulingGates }))
      await untilPods(world, namespace, 'gated', ([pod]) =>
        pod!['status'].conditions?.some((one: KubeObject) => one['reason'] === 'SchedulingGated'),
      )
      const patch = JSON.stringify({ spec: { schedulingGates: null } })
      const where = [`--namespace=${namespace}`, '--type=merge', `--patch=${patch}`]
      await world.kubectl(['patch', 'pod', 'gated', ...where])
      await untilReady(world, namespace)
    },
  },
  {
    name: 'preempted',
    script: () => healthy({ pull: 0.5 }),
    run: async (world, namespace) => {
      await world.apply(priority('batch-low', 100), priority('shop-high', 100_000))
      const low = { ...SMALL, priorityClassName: 'batch-low', terminationGracePeriodSeconds: 5 }
      await world.apply(deployment(namespace, { name: 'batch', pod: low, container: most }))
      await untilReady(world, namespace)
      const high = { ...SMALL, priorityClassName: 'shop-high' }
      await world.apply(deployment(namespace, { name: 'shop', pod: high, container: most }))
      await untilPods(world, namespace, 'replaced', (pods) =>
        pods.some((pod) => pod['metadata'].labels.app === 'shop' && isReady(pod)),
      )
    },
  },
]
