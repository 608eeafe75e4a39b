import type { Scenario } from '../scenario.ts'
import {
  deployment,
  lonePod,
  untilGone,
  untilPods,
  untilReady,
  untilSaid,
} from '../scenarios_kit.ts'
import { begin, healthy, startAll } from '../scripts.ts'
import type { World } from '../world.ts'

const containers = [{ name: 'app', image: 'registry.example.com/shop/web:1.4.2' }]

const stopsIn =
  (seconds: number): NonNullable<Scenario['script']> =>
  () =>
  async (pod) => {
    pod.stopSeconds = seconds
    await healthy({ pull: 0.5 })(pod)
  }

async function remove(world: World, namespace: string, ...options: string[]): Promise<void> {
  const where = [`--namespace=${namespace}`, '--wait=false', ...options]
  await world.kubectl(['delete', 'pod', 'web', ...where])
}

/** A pod that its kubelet evicts (pkg/kubelet/eviction/helpers.go). */
function evicted(name: string, sentences: readonly string[]): Scenario {
  const message = sentences.join('')
  return {
    name,
    script: () => async (pod) => {
      await begin(pod)
      await startAll(pod)
      await pod.wait(3)
      await pod.say('Warning', 'Evicted', message)
      await pod.fails('Evicted', message)
    },
    run: async (world, namespace) => {
      await world.apply(lonePod(namespace, 'web', { containers }))
      await untilPods(world, namespace, 'evicted', ([one]) => one!['status'].phase === 'Failed')
    },
  }
}

/** How pods go. */
export const deletions: readonly Scenario[] = [
  {
    name: 'deleted_before_ready',
    script: () => healthy({ pull: 120 }),
    run: async (world, namespace) => {
      await world.apply(deployment(namespace))
      await untilSaid(world, namespace, 'Pulling')
      await world.kubectl(['delete', 'deployment', 'web', `--namespace=${namespace}`])
      await untilGone(world, namespace)
    },
  },
  {
    name: 'delete_normal',
    script: stopsIn(3),
    run: async (world, namespace) => {
      await world.apply(deployment(namespace))
      await untilReady(world, namespace)
      await world.kubectl(['delete', 'deployment', 'web', `--namespace=${namespace}`])
      await untilGone(world, namespace)
    },
  },
  {
    name: 'delete_finalizer',
    script: stopsIn(1),
    run: async (world, namespace) => {
      const pod = lonePod(namespace, 'web', { containers })
      const metadata = { ...pod['metadata'], finalizers: ['example.com/release-address'] }
      await world.apply({ ...pod, metadata })
      await untilReady(world, namespace)
      await remove(world, namespace)
      await untilPods(world, namespace, 'held by its finalizer alone', ([one]) => {
        return one!['metadata'].deletionGracePeriodSeconds === 0
      })
      const patch = JSON.stringify({ metadata: { finalizers: null } })
      const where = [`--namespace=${namespace}`, '--type=merge', `--patch=${patch}`]
      await world.kubectl(['patch', 'pod', 'web', ...where])
      await untilGone(world, namespace)
    },
  },
  {
    name: 'delete_over_grace',
    script: stopsIn(60),
    run: async (world, namespace) => {
      await world.apply(lonePod(namespace, 'web', { containers, terminationGracePeriodSeconds: 6 }))
      await untilReady(world, namespace)
      await remove(world, namespace)
      await untilGone(world, namespace)
    },
  },
  {
    name: 'delete_forced',
    run: async (world, namespace) => {
      await world.apply(lonePod(namespace, 'web', { containers }))
      await untilReady(world, namespace)
      await remove(world, namespace, '--force', '--grace-period=0')
      await untilGone(world, namespace)
    },
  },
  {
    name: 'evicted_api',
    script: stopsIn(2),
    run: async (world, namespace) => {
      await world.apply(lonePod(namespace, 'web', { containers }))
      await untilReady(world, namespace)
      const metadata = { name: 'web', namespace }
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata }
      await world.admin.ask('POST', `/api/v1/namespaces/${namespace}/pods/web/eviction`, { body })
      await untilGone(world, namespace)
    },
  },
  evicted('evicted_memory', [
    'The node was low on resource: memory. ',
    'Threshold quantity: 100Mi, available: 61204Ki. ',
    'Container app was using 812340Ki, request is 0, has larger consumption of memory. ',
  ]),
  evicted('evicted_storage', [
    'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ',
  ]),
  {
    name: 'pod_deadline',
    script: () => async (pod) => {
      await begin(pod)
      await startAll(pod)
      await pod.wait(4)
      // pkg/kubelet/active_deadline.go
      const message = 'Pod was active on the node longer than the specified deadline'
      await pod.say('Normal', 'DeadlineExceeded', message)
      await pod.fails('DeadlineExceeded', message)
    },
    run: async (world, namespace) => {
      await world.apply(lonePod(namespace, 'web', { containers, activeDeadlineSeconds: 6 }))
      await untilPods(world, namespace, 'failed', ([one]) => one!['status'].phase === 'Failed')
    },
  },
  {
    name: 'namespace_deleted',
    script: stopsIn(1),
    run: async (world, namespace) => {
      await world.apply(deployment(namespace, { replicas: 2 }))
      await untilReady(world, namespace, 2)
      await world.kubectl(['delete', 'namespace', namespace, '--timeout=120s'])
    },
  },
  {
    name: 'node_lost',
    nodes: ['node-lost'],
    run: async (world, namespace) => {
      // Five minutes unless a pod says otherwise.
      const unreachable = { effect: 'NoExecute', operator: 'Exists', tolerationSeconds: 5 }
      const tolerations = [
        { key: 'dedicated', operator: 'Exists' },
        { key: 'node.kubernetes.io/unreachable', ...unreachable },
      ]
      const nodeSelector = { 'kubernetes.io/hostname': 'node-lost' }
      await world.apply(deployment(namespace, { pod: { nodeSelector, tolerations } }))
      await untilReady(world, namespace)
      await world.kubelets.get('node-lost')!.stop()
      await untilSaid(world, namespace, 'NodeNotReady')
      await untilSaid(world, namespace, 'TaintManagerEviction')
      await untilPods(world, namespace, 'being deleted', (pods) =>
        pods.some(({ metadata }) => metadata.deletionTimestamp),
      )
    },
  },
]
