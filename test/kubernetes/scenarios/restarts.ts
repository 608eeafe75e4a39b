import { badStatus } from '../kubelet_texts.ts'
import type { End, PlayedPod } from '../played_pod.ts'
import type { Scenario } from '../scenario.ts'
import { deployment, untilPods, untilReady, untilSaid } from '../scenarios_kit.ts'
import { begin, startAll } from '../scripts.ts'

/** Starts a container again: at once the first time, then after back-offs that double from 10 s. */
async function crashes(pod: PlayedPod, end: End, runsFor = 2): Promise<void> {
  await begin(pod)
  await startAll(pod)
  for (let seconds = 0; ; seconds = Math.min(seconds * 2 || 10, 300)) {
    await pod.wait(runsFor)
    await pod.ends('app', end)
    await startAgain(pod, seconds)
  }
}

async function startAgain(pod: PlayedPod, seconds: number): Promise<void> {
  if (seconds > 0) {
    await pod.backsOff('app', seconds)
    await pod.wait(seconds)
  }
  await pod.imagePresent('app')
  await pod.run('app')
  await pod.sync()
}

const restarted = (times: number) => (pods: { status: { containerStatuses?: unknown } }[]) =>
  pods.some(({ status }) => {
    const [first] = (status.containerStatuses ?? []) as { restartCount: number }[]
    return first !== undefined && first.restartCount >= times
  })

const runUntilRestarted =
  (times: number, container = {}): Scenario['run'] =>
  async (world, namespace) => {
    await world.apply(deployment(namespace, { container }))
    await untilPods(world, namespace, `restarted ${times} times`, (pods) =>
      restarted(times)(pods as never),
    )
  }

// What runc says through containerd; the kubelet passes it on.
const NO_COMMAND =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc ' +
  'create failed: unable to start container process: error during container init: exec: "serve": ' +
  'executable file not found in $PATH: unknown'

const livenessProbe = { httpGet: { path: '/live', port: 8080 }, periodSeconds: 3 }
const readinessProbe = { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 5 }

/** Containers that end, and probes that fail. */
export const restarts: readonly Scenario[] = [
  {
    name: 'crash_loop',
    script: () => (pod) => crashes(pod, { code: 1 }),
    run: async (world, namespace) => {
      await runUntilRestarted(3)(world, namespace)
      await untilSaid(world, namespace, 'BackOff', 3)
    },
  },
  {
    name: 'oom_killed',
    script: () => (pod) => crashes(pod, { code: 137, reason: 'OOMKilled' }, 4),
    run: runUntilRestarted(2, { resources: { limits: { memory: '64Mi', cpu: '1' } } }),
  },
  {
    name: 'liveness_kill',
    script: () => async (pod) => {
      await begin(pod)
      await startAll(pod)
      for (let seconds = 0; ; seconds = 10) {
        for (let failure = 1; failure <= 3; failure++) {
          await pod.wait(3)
          await pod.unhealthy('app', 'Liveness', badStatus(500))
        }
        await pod.kill('app', 'liveness', 2)
        await startAgain(pod, seconds)
      }
    },
    run: runUntilRestarted(2, { livenessProbe }),
  },
  {
    name: 'readiness_never',
    script: () => async (pod) => {
      await begin(pod)
      await pod.pull('app')
      await pod.run('app')
      await pod.sync()
      for (;;) {
        await pod.wait(5)
        await pod.unhealthy('app', 'Readiness', badStatus(503))
      }
    },
    run: async (world, namespace) => {
      await world.apply(deployment(namespace, { container: { readinessProbe } }))
      await untilSaid(world, namespace, 'Unhealthy', 7)
    },
  },
  {
    name: 'restart_in_place',
    script: () => async (pod) => {
      await begin(pod)
      await startAll(pod)
      await pod.wait(5)
      await pod.ends('app', { code: 1 })
      await startAgain(pod, 0)
      await pod.wait(1)
      await pod.ready('app')
      await pod.hold()
    },
    run: async (world, namespace) => {
      await runUntilRestarted(1, { readinessProbe })(world, namespace)
      await untilReady(world, namespace)
    },
  },
  {
    name: 'startup_kill',
    script: () => async (pod) => {
      await begin(pod)
      await startAll(pod)
      for (let seconds = 0; ; seconds = 10) {
        for (let failure = 1; failure <= 3; failure++) {
          await pod.wait(3)
          await pod.unhealthy('app', 'Startup', badStatus(503))
        }
        await pod.kill('app', 'startup', 2)
        await startAgain(pod, seconds)
      }
    },
    run: runUntilRestarted(2, { startupProbe: { ...livenessProbe, failureThreshold: 3 } }),
  },
  {
    name: 'post_start_failed',
    script: () => async (pod) => {
      await begin(pod)
      await pod.pull('app')
      for (let seconds = 10; ; seconds *= 2) {
        await pod.run('app')
        await pod.wait(1)
        await pod.postStartFails('app')
        await pod.backsOff('app', seconds)
        await pod.wait(seconds)
        await pod.imagePresent('app')
      }
    },
    run: async (world, namespace) => {
      const lifecycle = { postStart: { exec: { command: ['/warm-up'] } } }
      await world.apply(deployment(namespace, { container: { lifecycle } }))
      await untilSaid(world, namespace, 'FailedPostStartHook', 2)
    },
  },
  {
    name: 'command_not_found',
    script: () => async (pod) => {
      await begin(pod)
      await pod.pull('app')
      for (let seconds = 0; ; seconds = seconds * 2 || 10) {
        await pod.startFails('app', NO_COMMAND)
        if (seconds > 0) {
          await pod.backsOff('app', seconds)
          await pod.wait(seconds)
        }
        await pod.imagePresent('app')
      }
    },
    run: async (world, namespace) => {
      await world.apply(deployment(namespace, { container: { command: ['serve'] } }))
      await untilSaid(world, namespace, 'BackOff', 2)
    },
  },
]
