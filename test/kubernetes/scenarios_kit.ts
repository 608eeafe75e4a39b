import { eventually } from '../kit/eventually.ts'
import type { KubeObject } from './client.ts'
import type { World } from './world.ts'

const PATIENCE = { timeoutMs: 300_000, intervalMs: 200 }

/** A Deployment of one container, changed as given. */
export function deployment(
  namespace: string,
  { name = 'web', replicas = 1, pod = {}, container = {} }: DeploymentOptions = {},
): KubeObject {
  const labels = { app: name }
  const first = { name: 'app', image: 'registry.example.com/shop/web:1.4.2', ...container }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [first], ...pod } },
    },
  }
}

interface DeploymentOptions {
  readonly name?: string
  readonly replicas?: number
  /** Added to the spec of the pod. */
  readonly pod?: KubeObject
  /** Added to the container. */
  readonly container?: KubeObject
}

/** A Pod of its own. */
export function lonePod(namespace: string, name: string, spec: KubeObject): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec }
}

/** Waits until the pods of a namespace are as wanted. */
export async function untilPods(
  { admin }: World,
  namespace: string,
  what: string,
  isSo: (pods: KubeObject[]) => boolean,
): Promise<void> {
  await eventually(async () => {
    const { items } = await admin.ask('GET', `/api/v1/namespaces/${namespace}/pods`)
    if (!isSo(items)) throw new Error(`${namespace}: the pods are not ${what}: ${states(items)}`)
  }, PATIENCE)
}

const states = (pods: readonly KubeObject[]): string =>
  pods.map(({ metadata, status }) => `${metadata.name} ${JSON.stringify(status)}`).join(', ')

/** Waits until so many pods of a namespace are Ready. */
export async function untilReady(world: World, namespace: string, count = 1): Promise<void> {
  await untilPods(world, namespace, 'Ready', (pods) => pods.filter(isReady).length === count)
}

/** Whether a pod is Ready. */
export const isReady = (pod: KubeObject): boolean => hasCondition(pod, 'Ready', 'True')

/** Whether a pod has a condition of this status. */
export const hasCondition = ({ status }: KubeObject, type: string, value: string): boolean =>
  (status.conditions ?? []).some(
    (one: KubeObject) => one['type'] === type && one['status'] === value,
  )

/** Waits until an event of this reason was said so many times of something in a namespace. */
export async function untilSaid(
  { admin }: World,
  namespace: string,
  reason: string,
  times = 1,
): Promise<void> {
  await eventually(async () => {
    const { items } = await admin.ask('GET', `/api/v1/namespaces/${namespace}/events`)
    const said = (items as KubeObject[])
      .filter((event) => event['reason'] === reason)
      .reduce((sum, { count, series }) => sum + (series?.count ?? (count || 1)), 0)
    if (said < times) throw new Error(`${namespace}: ${reason} was said ${said} of ${times} times`)
  }, PATIENCE)
}

/** Waits until a namespace has no pods. */
export async function untilGone(world: World, namespace: string): Promise<void> {
  await untilPods(world, namespace, 'gone', (pods) => pods.length === 0)
}

/** A claim for a volume of one gibibyte. */
export const claim = (namespace: string, spec: KubeObject) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: '',
    ...spec,
  },
})

/** What a Deployment needs to use the claim. */
export const withClaim = {
  pod: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
}

/** Applies a volume with a claim that is bound to it, and waits until both know. */
export async function bindVolume(
  world: World,
  namespace: string,
  name: string,
  spec: KubeObject,
): Promise<void> {
  const common = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] }
  const volume = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name } }
  const object = { ...volume, spec: { ...common, ...spec } }
  await world.apply(object, claim(namespace, { volumeName: name }))
  const where = [`--namespace=${namespace}`, '--timeout=60s']
  await world.kubectl(['wait', '--for=jsonpath={.status.phase}=Bound', 'pvc/data', ...where])
}
