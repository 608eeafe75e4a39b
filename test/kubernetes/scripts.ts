import type { PlayedPod, Script } from './played_pod.ts'

/** How long things take, in seconds before the pace of the world. */
export interface Times {
  readonly sandbox?: number
  readonly pull?: number
  readonly pullWaits?: number
  /** What an init container takes. */
  readonly init?: number
  /** From the start of a container with a readiness probe until it succeeds. */
  readonly ready?: number
}

/** A pod that becomes Ready and stays so. */
export function healthy(times: Times = {}): Script {
  return async (pod) => {
    await begin(pod, times)
    await startAll(pod, times)
    await pod.hold()
  }
}

/** What all pods begin with: accepted, a sandbox, init containers one by one. */
export async function begin(pod: PlayedPod, times: Times = {}): Promise<void> {
  await pod.accept()
  await pod.sandbox(times.sandbox)
  for (const name of pod.initContainers) {
    await pod.pull(name, { seconds: 0.5 })
    await pod.run(name)
    await pod.sync()
    if (!pod.isInit(name)) continue
    await pod.wait(times.init ?? 1)
    await pod.ends(name, { code: 0 })
  }
}

/** Pulls the images of all containers and starts them, as one sync of a kubelet does. */
export async function startAll(pod: PlayedPod, times: Times = {}): Promise<void> {
  for (const name of pod.containers) {
    await pod.pull(name, { seconds: times.pull ?? 0.8, waited: times.pullWaits ?? 0 })
    await pod.run(name)
  }
  await pod.sync()
  const { containers } = pod.object['spec']
  for (const { name, readinessProbe } of containers) {
    if (!readinessProbe) continue
    await pod.wait(times.ready ?? 1)
    await pod.ready(name)
  }
}
