import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeClient, KubeObject } from './client.ts'
import { EventRecorder } from './event_recorder.ts'
import { nodeObject } from './node_object.ts'
import { PlayedPod } from './played_pod.ts'
import type { Hands, ScriptFor } from './played_pod.ts'
import { healthy } from './scripts.ts'
import { VERSIONS } from './versions.ts'
import type { Minor } from './versions.ts'
import type { NodeOptions } from './world.ts'

interface KubeletOptions {
  readonly script: ScriptFor
  readonly pace: number | undefined
}

interface Played {
  readonly pod: PlayedPod
  done: Promise<void>
  isTerminating: boolean
}

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'

/**
 * Stands for the kubelet of a node: registers the node, keeps its lease, and plays with each pod that
 * is bound to it what a script says. It comes with the node's own identity, so that the API server
 * allows it what it allows a real one.
 */
export class Kubelet {
  readonly #client: KubeClient
  readonly #node: NodeOptions
  readonly #hands: Hands
  readonly #script: ScriptFor
  readonly #pods = new Map<string, Played>()
  readonly #stopped = new AbortController()
  /** What went wrong in scripts, for the test to look at. */
  readonly problems: string[] = []
  #work: Promise<unknown> = Promise.resolve()

  constructor(
    client: KubeClient,
    node: NodeOptions,
    minor: Minor,
    { script, pace = 1 }: KubeletOptions,
  ) {
    this.#client = client
    this.#node = node
    this.#script = script
    this.#hands = { client, minor, pace, recorder: new EventRecorder(client, node.name) }
  }

  /** Registers the node and goes on in the background. */
  async start(): Promise<void> {
    const { version } = VERSIONS[this.#hands.minor]
    await this.#client.ask('POST', '/api/v1/nodes', { body: nodeObject(this.#node, version) })
    this.#work = Promise.all([this.#keepLease(), this.#follow()])
  }

  /** Leaves the pods as they are. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    for (const { pod } of this.#pods.values()) pod.abort()
    await this.#work
    await Promise.all([...this.#pods.values()].map(({ done }) => done))
    this.#client.close()
  }

  async #keepLease(): Promise<void> {
    await this.#untilStopped(10_000, async () => {
      const { name } = this.#node
      const renewTime = new Date().toISOString().replace('Z', '000Z')
      const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime }
      const { status, body } = await this.#client.call('GET', `${LEASES}/${name}`)
      const lease = { metadata: status === 200 ? body['metadata'] : { name }, spec }
      if (status === 200) await this.#client.ask('PUT', `${LEASES}/${name}`, { body: lease })
      else await this.#client.ask('POST', LEASES, { body: lease })
    })
  }

  async #follow(): Promise<void> {
    const query = `fieldSelector=spec.nodeName%3D${this.#node.name}`
    await this.#untilStopped(100, async () => {
      const { items, metadata } = await this.#client.ask('GET', `/api/v1/pods?${query}`)
      for (const pod of items as KubeObject[]) this.#see('ADDED', pod)
      const since = `resourceVersion=${metadata.resourceVersion}&watch=1`
      const { signal } = this.#stopped
      const path = `/api/v1/pods?${query}&${since}`
      await this.#client.watch(path, signal, ({ type, object }) => this.#see(type, object))
    })
  }

  /** Does something again and again; a failure is tried again after a moment. */
  async #untilStopped(everyMs: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      const delay = await work().then(
        () => everyMs,
        () => 100,
      )
      await sleep(delay, undefined, { signal }).catch(() => {})
    }
  }

  #see(type: string, object: KubeObject): void {
    if (this.#stopped.signal.aborted || object['kind'] === 'Status') return
    const { uid, deletionTimestamp } = object['metadata']
    if (type === 'DELETED') {
      this.#forget(uid)
      return
    }
    const known = this.#pods.get(uid) ?? this.#play(uid, object)
    this.#watchOver(known.pod.update(object))
    if (!deletionTimestamp || known.isTerminating) return
    known.isTerminating = true
    known.done = known.done.then(() => this.#end(known.pod))
  }

  #play(uid: string, object: KubeObject): Played {
    const pod = new PlayedPod(this.#hands, object)
    const script = this.#script(object) ?? healthy()
    const done = script(pod).catch((error: unknown) => this.#note(error))
    const played = { pod, done, isTerminating: false }
    this.#pods.set(uid, played)
    return played
  }

  async #end(pod: PlayedPod): Promise<void> {
    if (this.#stopped.signal.aborted) return
    await pod.terminate().catch((error: unknown) => this.#note(error))
  }

  #watchOver(work: Promise<void>): void {
    work.catch((error: unknown) => this.#note(error))
  }

  #note(error: unknown): void {
    const isExpected = error instanceof Error && error.name === 'AbortError'
    if (!isExpected && !this.#stopped.signal.aborted) this.problems.push(String(error))
  }

  #forget(uid: string): void {
    this.#pods.get(uid)?.pod.abort()
    this.#pods.delete(uid)
  }
}
