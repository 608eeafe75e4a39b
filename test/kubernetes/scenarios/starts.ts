import type { KubeObject } from '../client.ts'
import { mountFailed } from '../kubelet_texts.ts'
import type { Scenario } from '../scenario.ts'
import { deployment, lonePod, untilPods, untilReady, untilSaid } from '../scenarios_kit.ts'
import { begin, startAll } from '../scripts.ts'

// What the network plugin says through the container runtime; the kubelet passes it on.
const NO_ADDRESS =
  'rpc error: code = Unknown desc = failed to setup network for sandbox ' +
  '"5c1e0d2f7a9b4e3c8d6f1a2b3c4d5e6f": plugin type="calico" failed (add): failed to request IPv4 ' +
  'addresses: no IPs available in IP pool'

// pkg/kubelet/kubelet.go and errors.go; what follows is containerd's.
const NO_NETWORK =
  'network is not ready: container runtime network not ready: NetworkReady=false ' +
  'reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized'

const configMapVolume = {
  volumes: [{ name: 'config', configMap: { name: 'web-config' } }],
}

// pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables.
const NO_KEY = `couldn't find key password in Secret secret-key-missing/web-password`

/** A container that wants what is not there. */
function missing(name: string, error: string, container: KubeObject): Scenario {
  return {
    name,
    script: () => async (pod) => {
      await begin(pod)
      await pod.pull('app')
      for (;;) {
        // kuberuntime/kuberuntime_container.go: the error as it is.
        await pod.createFails('app', 'CreateContainerConfigError', error)
        await pod.wait(5)
        await pod.imagePresent('app')
      }
    },
    run: async (world, namespace) => {
      await world.apply(deployment(namespace, { container }))
      await untilSaid(world, namespace, 'Failed', 4)
    },
  }
}

/** What keeps containers from being started. */
export const starts: readonly Scenario[] = [
  missing('config_map_missing', 'configmap "web-config" not found', {
    envFrom: [{ configMapRef: { name: 'web-config' } }],
  }),
  missing('secret_missing', 'secret "web-password" not found', {
    envFrom: [{ secretRef: { name: 'web-password' } }],
  }),
  missing('secret_key_missing', NO_KEY, {
    env: [
      {
        name: 'PASSWORD',
        valueFrom: { secretKeyRef: { name: 'web-password', key: 'password' } },
      },
    ],
  }),
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
    name: 'network_not_ready',
    script: () => async (pod) => {
      await pod.accept()
      for (let times = 0; times < 5; times++) {
        await pod.say('Warning', 'NetworkNotReady', NO_NETWORK)
        await pod.wait(2)
      }
      await pod.sandbox()
      await startAll(pod)
      await pod.hold()
    },
    run: async (world, namespace) => {
      await world.apply(deployment(namespace))
      await untilReady(world, namespace)
    },
  },
  {
    name: 'pod_rejected',
    script: () => async (pod) => {
      // pkg/kubelet/lifecycle/predicate.go
      const message =
        "Node didn't have enough resource: cpu, requested: 500, used: 7800, capacity: 8000"
      await pod.rejected('OutOfcpu', message)
    },
    run: async (world, namespace) => {
      const containers = [{ name: 'app', image: 'registry.example.com/shop/web:1.4.2' }]
      await world.apply(lonePod(namespace, 'web', { containers }))
      await untilPods(world, namespace, 'rejected', ([one]) => one!['status'].phase === 'Failed')
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
