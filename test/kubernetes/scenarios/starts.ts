import { mountFailed } from '../kubelet_texts.ts'
import type { Scenario } from '../scenario.ts'
import { deployment, untilSaid } from '../scenarios_kit.ts'
import { begin } from '../scripts.ts'

// What the network plugin says through the container runtime; the kubelet passes it on.
const NO_ADDRESS =
  'rpc error: code = Unknown desc = failed to setup network for sandbox ' +
  '"5c1e0d2f7a9b4e3c8d6f1a2b3c4d5e6f": plugin type="calico" failed (add): failed to request IPv4 ' +
  'addresses: no IPs available in IP pool'

const configMapVolume = {
  volumes: [{ name: 'config', configMap: { name: 'web-config' } }],
}

/** What keeps containers from being started. */
export const starts: readonly Scenario[] = [
  {
    name: 'config_map_missing',
    script: () => async (pod) => {
      await begin(pod)
      await pod.pull('app')
      // kuberuntime_container.go: the error of the API server as it is.
      const error = 'configmap "web-config" not found'
      await pod.createFails('app', 'CreateContainerConfigError', error)
      for (;;) {
        await pod.wait(5)
        await pod.imagePresent('app')
        await pod.createFails('app', 'CreateContainerConfigError', error)
      }
    },
    run: async (world, namespace) => {
      const container = { envFrom: [{ configMapRef: { name: 'web-config' } }] }
      await world.apply(deployment(namespace, { container }))
      await untilSaid(world, namespace, 'Failed', 5)
    },
  },
  {
    name: 'failed_mount',
    script: () => async (pod) => {
      await pod.accept()
      // goroutinemap/exponentialbackoff: half a second, doubled each time.
      for (let seconds = 0.5; ; seconds *= 2) {
        const text = mountFailed('config', 'configmap "web-config" not found')
        await pod.say('Warning', 'FailedMount', text)
        await pod.wait(seconds)
      }
    },
    run: async (world, namespace) => {
      const volumeMounts = [{ name: 'config', mountPath: '/etc/web' }]
      await world.apply(
        deployment(namespace, { pod: configMapVolume, container: { volumeMounts } }),
      )
      await untilSaid(world, namespace, 'FailedMount', 6)
    },
  },
  {
    name: 'sandbox_failed',
    script: () => async (pod) => {
      await pod.accept()
      for (;;) {
        await pod.wait(1)
        await pod.sandboxFailed(NO_ADDRESS)
        await pod.wait(10)
      }
    },
    run: async (world, namespace) => {
      await world.apply(deployment(namespace))
      await untilSaid(world, namespace, 'FailedCreatePodSandBox', 4)
    },
  },
  {
    name: 'init_failed',
    script: () => async (pod) => {
      await pod.accept()
      await pod.sandbox()
      await pod.pull('migrate', { seconds: 0.5 })
      for (let seconds = 0; ; seconds = seconds * 2 || 10) {
        if (seconds > 0) {
          await pod.backsOff('migrate', seconds)
          await pod.wait(seconds)
          await pod.imagePresent('migrate')
        }
        await pod.run('migrate')
        await pod.sync()
        await pod.wait(2)
        await pod.ends('migrate', { code: 3 })
      }
    },
    run: async (world, namespace) => {
      const image = 'registry.example.com/shop/migrate:3'
      const pod = { initContainers: [{ name: 'migrate', image }] }
      await world.apply(deployment(namespace, { pod }))
      await untilSaid(world, namespace, 'BackOff', 2)
    },
  },
]
