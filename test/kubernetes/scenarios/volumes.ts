import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../../kit/eventually.ts'
import type { KubeObject } from '../client.ts'
import type { Script } from '../played_pod.ts'
import type { Scenario } from '../scenario.ts'
import { bindVolume, deployment, untilReady, untilSaid, withClaim } from '../scenarios_kit.ts'
import { startAll } from '../scripts.ts'
import type { World } from '../world.ts'

const ATTACHMENTS = '/apis/storage.k8s.io/v1/volumeattachments'

const disk = (handle: string) => ({ csi: { driver: 'disks.example.com', volumeHandle: handle } })

/** Does what a storage driver does with the wish to attach a volume: writes what came of it. */
async function answerAttachment(world: World, volume: string, status: KubeObject): Promise<void> {
  const name = await eventually(
    async () => {
      const { items } = await world.admin.ask('GET', ATTACHMENTS)
      const found = (items as KubeObject[]).find(
        ({ spec }) => spec.source.persistentVolumeName === volume,
      )
      if (!found) throw new Error(`nobody wants ${volume} to be attached`)
      return found['metadata'].name as string
    },
    { timeoutMs: 60_000, intervalMs: 100 },
  )
  await sleep(4_000)
  const contentType = 'application/merge-patch+json'
  await world.admin.ask('PATCH', `${ATTACHMENTS}/${name}/status`, { body: { status }, contentType })
}

/** A kubelet that waits for a volume before anything else. */
const waitsForVolume =
  (seconds: number): NonNullable<Scenario['script']> =>
  (): Script =>
  async (pod) => {
    await pod.accept()
    await pod.wait(seconds)
    await pod.sandbox()
    await startAll(pod)
    await pod.hold()
  }

/** Volumes that a driver attaches; what is said of it is the controller's. */
export const volumes: readonly Scenario[] = [
  {
    name: 'volume_attach_slow',
    script: waitsForVolume(6),
    run: async (world, namespace) => {
      await bindVolume(world, namespace, 'disk-slow', disk('disk-slow'))
      await world.apply(deployment(namespace, withClaim))
      await answerAttachment(world, 'disk-slow', { attached: true })
      await untilReady(world, namespace)
    },
  },
  {
    name: 'volume_attach_failed',
    script: waitsForVolume(600),
    run: async (world, namespace) => {
      await bindVolume(world, namespace, 'disk-broken', disk('disk-broken'))
      await world.apply(deployment(namespace, withClaim))
      const message = 'rpc error: code = Internal desc = disk disk-broken is attached elsewhere'
      const attachError = { message, time: new Date().toISOString() }
      await answerAttachment(world, 'disk-broken', { attached: false, attachError })
      await untilSaid(world, namespace, 'FailedAttachVolume')
    },
  },
  {
    name: 'volume_multi_attach',
    script: ({ metadata }) => waitsForVolume(metadata.labels.app === 'first' ? 6 : 600)({}),
    run: async (world, namespace) => {
      await bindVolume(world, namespace, 'disk-shared', disk('disk-shared'))
      const on = (name: string, node: string) =>
        deployment(namespace, {
          name,
          pod: { ...withClaim.pod, nodeSelector: { 'kubernetes.io/hostname': node } },
        })
      await world.apply(on('first', 'node-1'))
      await answerAttachment(world, 'disk-shared', { attached: true })
      await untilReady(world, namespace)
      await world.apply(on('second', 'node-2'))
      await untilSaid(world, namespace, 'FailedAttachVolume')
    },
  },
]
