import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../../kit/eventually.ts'
import type { KubeObject } from '../client.ts'
import type { Scenario } from '../scenario.ts'
import {
  deployment,
  hasCondition,
  lonePod,
  untilGone,
  untilPods,
  untilReady,
} from '../scenarios_kit.ts'
import { begin, healthy, startAll } from '../scripts.ts'
import type { World } from '../world.ts'

const job = (namespace: string, name: string, limits: KubeObject) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace },
  spec: {
    ...limits,
    template: {
      spec: {
        restartPolicy: 'Never',
        containers: [{ name: 'work', image: 'registry.example.com/shop/report:7' }],
      },
    },
  },
})

async function untilJob(world: World, namespace: string, condition: string): Promise<void> {
  await eventually(
    async () => {
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs/report`
      const { status } = await world.admin.ask('GET', path)
      const types = (status.conditions ?? []).map(({ type }: { type: string }) => type)
      if (!types.includes(condition)) throw new Error(`the job is not ${condition}: ${types}`)
    },
    { timeoutMs: 120_000, intervalMs: 200 },
  )
}

/** What goes well, and Jobs. */
export const rollouts: readonly Scenario[] = [
  {
    name: 'healthy',
    script: () => healthy({ pull: 1.2, ready: 2 }),
    run: async (world, namespace) => {
      const readinessProbe = { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 2 }
      const resources = { requests: { cpu: '500m', memory: '256Mi' } }
      const container = { readinessProbe, resources }
      await world.apply(deployment(namespace, { replicas: 2, container }))
      await untilReady(world, namespace, 2)
    },
  },
  {
    name: 'init_containers',
    script: () => healthy({ init: 2 }),
    run: async (world, namespace) => {
      const initContainers = [
        { name: 'migrate', image: 'registry.example.com/shop/migrate:3' },
        { name: 'warm-cache', image: 'registry.example.com/shop/cache:3' },
      ]
      await world.apply(deployment(namespace, { pod: { initContainers } }))
      await untilReady(world, namespace)
    },
  },
  {
    name: 'sidecar',
    script: () => healthy(),
    run: async (world, namespace) => {
      const proxy = { name: 'proxy', image: 'registry.example.com/mesh/proxy:9' }
      const initContainers = [{ ...proxy, restartPolicy: 'Always' }]
      await world.apply(deployment(namespace, { pod: { initContainers } }))
      await untilReady(world, namespace)
    },
  },
  {
    name: 'post_start_slow',
    script: () => async (pod) => {
      await begin(pod)
      await pod.pull('app')
      // The state of a container is not said before its hook has ended.
      await pod.run('app')
      await pod.wait(5)
      await pod.sync()
      await pod.hold()
    },
    run: async (world, namespace) => {
      const lifecycle = { postStart: { exec: { command: ['/warm-up'] } } }
      await world.apply(deployment(namespace, { container: { lifecycle } }))
      await untilReady(world, namespace)
    },
  },
  {
    name: 'readiness_gate',
    run: async (world, namespace) => {
      const conditionType = 'example.com/load-balancer'
      const containers = [{ name: 'app', image: 'registry.example.com/shop/web:1.4.2' }]
      const readinessGates = [{ conditionType }]
      await world.apply(lonePod(namespace, 'web', { containers, readinessGates }))
      await untilPods(world, namespace, 'ready but for its gate', ([pod]) =>
        hasCondition(pod!, 'ContainersReady', 'True'),
      )
      await sleep(3_000)
      const path = `/api/v1/namespaces/${namespace}/pods/web/status`
      const body = { status: { conditions: [{ type: conditionType, status: 'True' }] } }
      const contentType = 'application/strategic-merge-patch+json'
      await world.admin.ask('PATCH', path, { body, contentType })
      await untilReady(world, namespace)
    },
  },
  {
    name: 'deployment_rollout',
    script: () => healthy({ pull: 0.6, ready: 1 }),
    run: async (world, namespace) => {
      const readinessProbe = { httpGet: { path: '/ready', port: 8080 } }
      const container = { readinessProbe }
      await world.apply(deployment(namespace, { replicas: 2, container }))
      await untilReady(world, namespace, 2)
      const image = 'registry.example.com/shop/web:1.5.0'
      await world.apply(deployment(namespace, { replicas: 2, container: { ...container, image } }))
      const where = [`--namespace=${namespace}`, '--timeout=120s']
      await world.kubectl(['rollout', 'status', 'deployment/web', ...where])
      await untilPods(world, namespace, 'new and no others', (pods) =>
        pods.every(({ spec }) => spec.containers[0].image === image),
      )
    },
  },
  {
    name: 'job_succeeded',
    script: () => async (pod) => {
      await begin(pod)
      await startAll(pod)
      await pod.wait(3)
      await pod.ends('work', { code: 0 })
    },
    run: async (world, namespace) => {
      await world.apply(job(namespace, 'report', { backoffLimit: 3 }))
      await untilJob(world, namespace, 'Complete')
    },
  },
  {
    name: 'job_failed',
    script: () => async (pod) => {
      await begin(pod)
      await startAll(pod)
      await pod.wait(2)
      await pod.ends('work', { code: 2 })
    },
    run: async (world, namespace) => {
      await world.apply(job(namespace, 'report', { backoffLimit: 1 }))
      await untilJob(world, namespace, 'Failed')
    },
  },
  {
    name: 'job_deadline',
    run: async (world, namespace) => {
      await world.apply(job(namespace, 'report', { activeDeadlineSeconds: 6 }))
      await untilJob(world, namespace, 'Failed')
      await untilGone(world, namespace)
    },
  },
]
