import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeClient, KubeObject } from './client.ts'
import type { EventRecorder } from './event_recorder.ts'
import * as texts from './kubelet_texts.ts'
import { isSidecar, newPodState, phaseOf, statusOf } from './pod_status.ts'
import type { PodState } from './pod_status.ts'
import { statusPatch } from './status_patch.ts'
import { VERSIONS } from './versions.ts'
import type { Minor } from './versions.ts'

/** What a kubelet does with a pod from its binding on, until the pod is deleted. */
export type Script = (pod: PlayedPod) => Promise<void>

/** Which script a pod gets; it becomes Ready without one. */
export type ScriptFor = (pod: KubeObject) => Script | undefined

/** What a played pod needs of its kubelet. */
export interface Hands {
  readonly client: KubeClient
  readonly recorder: EventRecorder
  readonly minor: Minor
  /** What every wait is multiplied with. */
  readonly pace: number
}

/** How a container ends. */
export interface End {
  readonly code: number
  /** `Completed` for 0, `Error` otherwise, unless given: `OOMKilled`, `ContainerCannotRun`. */
  readonly reason?: string
  readonly message?: string
}

interface Pull {
  readonly seconds?: number
  /** How long it waited for other pulls before. */
  readonly waited?: number
  readonly bytes?: number
}

/** A pod in the hands of a scripted kubelet: each method is what a real one does and says. */
export class PlayedPod {
  readonly minor: Minor
  /** How long its containers take to stop, in seconds; never more than its grace period. */
  stopSeconds = 1
  readonly #hands: Hands
  readonly #stopped = new AbortController()
  readonly #state: PodState

  constructor(hands: Hands, pod: KubeObject) {
    this.#hands = hands
    this.minor = hands.minor
    this.#state = newPodState(pod, instant())
  }

  /** The pod as the API server last had it. */
  get object(): KubeObject {
    return this.#state.pod
  }

  /** The names of its containers. */
  get containers(): string[] {
    return this.#state.containers.map(({ name }) => name as string)
  }

  /** The names of its init containers. */
  get initContainers(): string[] {
    return this.#state.initContainers.map(({ name }) => name as string)
  }

  /** Takes a newer version of the pod; ends the script when it is deleted. */
  async update(pod: KubeObject): Promise<void> {
    const before = this.#state.pod
    this.#state.pod = pod
    const gates = (pod['spec'].readinessGates ?? []) as KubeObject[]
    if (pod['metadata'].deletionTimestamp) this.#stopped.abort()
    else if (gates.length > 0 && before !== pod) await this.sync()
  }

  /** Lets the script end at its next wait. */
  abort(): void {
    this.#stopped.abort()
  }

  /** Waits, shorter by the pace of the world; rejects when the pod is deleted. */
  async wait(seconds: number): Promise<void> {
    const signal = this.#stopped.signal
    await sleep(seconds * 1000 * this.#hands.pace, undefined, { signal })
  }

  /** Waits until the pod is deleted. */
  async hold(): Promise<void> {
    await new Promise((_, reject) => {
      const { signal } = this.#stopped
      const end = () => reject(new DOMException('the pod is deleted', 'AbortError'))
      if (signal.aborted) end()
      signal.addEventListener('abort', end)
    })
  }

  /** Writes an event on the pod, or on a container of it. */
  async say(type: 'Normal' | 'Warning', reason: string, text: string, name?: string) {
    const fieldPath = name === undefined ? undefined : this.#fieldPath(name)
    await this.#hands.recorder.record({ pod: this.object, fieldPath }, type, reason, text)
  }

  /** Sends what changed in the status, as one patch. */
  async sync(): Promise<void> {
    const { pod } = this.#state
    const generations = VERSIONS[this.minor].minor >= 34
    const next = structuredClone(statusOf(this.#state, generations, instant()))
    const patch = statusPatch(pod['metadata'].uid, pod['status'], next)
    if (patch) await this.#patchStatus(patch)
  }

  /** Says that the kubelet knows of the pod: its containers are being created. */
  async accept(): Promise<void> {
    await this.sync()
  }

  /** The sandbox and its network are there. Since 1.35 this is said at once, before later than 1.30. */
  async sandbox(seconds = 0.3): Promise<void> {
    await this.wait(seconds)
    this.#state.sandboxReady = true
    this.#state.podIP = address(this.object)
    if (VERSIONS[this.minor].minor >= 35) await this.sync()
  }

  /** The sandbox could not be made; it is tried again after a while. */
  async sandboxFailed(error: string): Promise<void> {
    await this.say('Warning', 'FailedCreatePodSandBox', texts.sandboxFailed(error))
  }

  /** Pulls the image of a container. */
  async pull(name: string, { seconds = 1, waited = 0, bytes = 71_300_000 }: Pull = {}) {
    const image = this.#spec(name)['image'] as string
    await this.say('Normal', 'Pulling', texts.pulling(image), name)
    const started = performance.now()
    await this.wait(waited)
    const began = performance.now()
    await this.wait(seconds)
    const now = performance.now()
    const text = texts.pulled(image, Math.floor(now - began), Math.floor(now - started), bytes)
    await this.say('Normal', 'Pulled', text, name)
  }

  /** The image of a container is there already. */
  async imagePresent(name: string): Promise<void> {
    const text = texts.present(this.minor, this.#spec(name)['image'])
    await this.say('Normal', 'Pulled', text, name)
  }

  /** Tries to pull an image and fails. */
  async pullFails(name: string, error: string, seconds = 1): Promise<void> {
    const image = this.#spec(name)['image'] as string
    await this.say('Normal', 'Pulling', texts.pulling(image), name)
    await this.wait(seconds)
    await this.say('Warning', 'Failed', texts.pullFailed(image, error), name)
    await this.say('Warning', 'Failed', texts.failed('ErrImagePull'), name)
    await this.waiting(name, 'ErrImagePull', error)
  }

  /** Does not pull an image again yet. */
  async pullBacksOff(name: string, error: string): Promise<void> {
    const image = this.#spec(name)['image'] as string
    await this.say('Normal', 'BackOff', texts.pullBackOff(image), name)
    await this.say('Warning', 'Failed', texts.failed('ImagePullBackOff'), name)
    const text = texts.pullBackOffWaiting(this.minor, image, error)
    await this.waiting(name, 'ImagePullBackOff', text)
  }

  /** A container could not be created: `error` is the waiting message, and the event's if not given. */
  async createFails(name: string, reason: string, error: string, said = error): Promise<void> {
    await this.say('Warning', 'Failed', texts.failed(said), name)
    await this.waiting(name, reason, error)
  }

  /** Says why a container does not run. */
  async waiting(name: string, reason: string, message: string): Promise<void> {
    const container = this.#container(name)
    this.#remember(container)
    container['state'] = { waiting: { reason, message } }
    container['ready'] = false
    await this.sync()
  }

  /** Creates and starts a container, whose image is there. */
  async run(name: string): Promise<void> {
    await this.say('Normal', 'Created', texts.created(this.minor, name), name)
    await this.say('Normal', 'Started', texts.started(this.minor, name), name)
    const container = this.#container(name)
    const isAgain = this.#remember(container)
    const { image } = this.#spec(name)
    const digest = createHash('sha256')
      .update(image as string)
      .digest('hex')
    container['containerID'] = `containerd://${randomBytes(32).toString('hex')}`
    container['imageID'] = `${image}@sha256:${digest}`
    container['state'] = { running: { startedAt: instant() } }
    container['restartCount'] += isAgain ? 1 : 0
    const { readinessProbe, startupProbe } = this.#spec(name)
    container['started'] = !startupProbe
    container['ready'] = !readinessProbe && !startupProbe && !this.isInit(name)
  }

  /** Whether a container has to end before the next one is started. */
  isInit(name: string): boolean {
    return this.initContainers.includes(name) && !isSidecar(this.#spec(name))
  }

  /** Creates a container that the runtime cannot start. */
  async startFails(name: string, error: string): Promise<void> {
    await this.say('Normal', 'Created', texts.created(this.minor, name), name)
    await this.say('Warning', 'Failed', texts.failed(error), name)
    const container = this.#container(name)
    container['restartCount'] += this.#remember(container) ? 1 : 0
    // containerd says 128 of what it could not start.
    await this.ends(name, { code: 128, reason: 'StartError', message: error })
  }

  /** Sets whether the readiness probe of a container succeeds. */
  async ready(name: string, ready = true): Promise<void> {
    Object.assign(this.#container(name), { ready, started: true })
    await this.sync()
  }

  /** A probe of a container failed. */
  async unhealthy(name: string, probe: 'Liveness' | 'Readiness' | 'Startup', output: string) {
    await this.say('Warning', 'Unhealthy', texts.unhealthy(probe, output), name)
  }

  /** A container ended by itself. */
  async ends(name: string, end: End): Promise<void> {
    this.#terminate(name, end)
    await this.sync()
  }

  /** The kubelet ends a container whose probe failed; it is started again. */
  async kill(name: string, probe: 'liveness' | 'startup', seconds = 1): Promise<void> {
    await this.say('Normal', 'Killing', texts.failedProbe(name, probe), name)
    await this.wait(seconds)
    await this.ends(name, { code: 137 })
  }

  /** The hook after the start of a container failed: the container is killed. */
  async postStartFails(name: string): Promise<void> {
    await this.say('Warning', 'FailedPostStartHook', texts.POST_START_FAILED, name)
    await this.say('Normal', 'Killing', texts.KILLED_FOR_POST_START, name)
    await this.ends(name, { code: 137 })
  }

  /** A container is not started again yet. */
  async backsOff(name: string, seconds: number): Promise<void> {
    const pod = this.object['metadata']
    await this.say('Warning', 'BackOff', texts.backOff(name, pod), name)
    await this.waiting(name, 'CrashLoopBackOff', texts.backOffWaiting(seconds, name, pod))
  }

  /** The kubelet ends the pod by itself: its containers are stopped, the pod has failed. */
  async fails(reason: string, message: string): Promise<void> {
    const running = await this.#stopAll()
    for (const { name } of running) this.#terminate(name, { code: 137 })
    this.#state.verdict = { phase: 'Failed', reason, message }
    await this.sync()
  }

  /** The kubelet does not take the pod (kubelet.go, rejectPod). */
  async rejected(reason: string, message: string): Promise<void> {
    await this.say('Warning', reason, message)
    const status = { phase: 'Failed', reason, message: `Pod was rejected: ${message}` }
    await this.#patchStatus({ metadata: { uid: this.object['metadata'].uid }, status })
  }

  /** What it does with a deleted pod: stops containers, says so, and lets go of the pod. */
  async terminate(): Promise<void> {
    const running = await this.#stopAll()
    const { deletionGracePeriodSeconds: grace, uid } = this.object['metadata']
    const isForced = this.stopSeconds > grace
    const seconds = running.length > 0 ? Math.min(grace, this.stopSeconds) : 0
    await sleep(seconds * 1000 * this.#hands.pace)
    for (const { name } of running) this.#terminate(name, { code: isForced ? 137 : 0 })
    await this.sync()
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 }
    const options = { body: { ...body, preconditions: { uid } } }
    await this.#hands.client.call('DELETE', this.#path(), options)
  }

  /** Whether the pod has come to its end by itself. */
  get isOver(): boolean {
    return ['Succeeded', 'Failed'].includes(phaseOf(this.#state))
  }

  async #patchStatus(body: KubeObject): Promise<void> {
    const contentType = 'application/strategic-merge-patch+json'
    const path = `${this.#path()}/status`
    const answer = await this.#hands.client.call('PATCH', path, { body, contentType })
    if (answer.status === 404) return
    if (answer.status >= 300) {
      throw new Error(`${path}: ${answer.status} ${String(answer.body['message'])}`)
    }
    if (isNewer(answer.body, this.object)) this.#state.pod = answer.body
  }

  /** Says of all containers that run that they are being stopped, and which these are. */
  async #stopAll(): Promise<KubeObject[]> {
    const running = this.#all().filter(({ state }) => state.running)
    for (const { name } of running) await this.say('Normal', 'Killing', texts.stopping(name), name)
    return running
  }

  #terminate(name: string, { code, reason, message }: End): void {
    const container = this.#container(name)
    const { running } = container['state']
    const terminated = {
      exitCode: code,
      reason: reason ?? (code === 0 ? 'Completed' : 'Error'),
      ...(message !== undefined && { message }),
      startedAt: running?.startedAt ?? instant(),
      finishedAt: instant(),
      containerID: container['containerID'],
    }
    container['state'] = { terminated }
    // An init container that has done its work is ready; any other one no longer is.
    container['ready'] = this.isInit(name) && code === 0
    container['started'] = false
  }

  /** Keeps how a container ended the last time; whether it did. */
  #remember(container: KubeObject): boolean {
    const { terminated } = container['state']
    if (terminated) container['lastState'] = { terminated }
    return Boolean(container['lastState'].terminated)
  }

  #all(): KubeObject[] {
    return [...this.#state.initContainers, ...this.#state.containers]
  }

  #container(name: string): KubeObject {
    return this.#all().find((one) => one['name'] === name)!
  }

  #spec(name: string): KubeObject {
    const { containers, initContainers = [] } = this.object['spec']
    return [...containers, ...initContainers].find((one: KubeObject) => one['name'] === name)!
  }

  #fieldPath(name: string): string {
    const kind = this.initContainers.includes(name) ? 'initContainers' : 'containers'
    return `spec.${kind}{${name}}`
  }

  #path(): string {
    const { namespace, name } = this.object['metadata']
    return `/api/v1/namespaces/${namespace}/pods/${name}`
  }
}

/** Now, in seconds, as the API has it. */
const instant = (): string => new Date().toISOString().replace(/\.\d+/, '')

const isNewer = (one: KubeObject, other: KubeObject): boolean =>
  Number(one['metadata'].resourceVersion) > Number(other['metadata'].resourceVersion)

/** An address that looks like one of a pod, the same for the same pod. */
function address(pod: KubeObject): string {
  const [a, b] = createHash('sha256').update(pod['metadata'].uid).digest()
  return `10.244.${a! % 250}.${(b! % 250) + 2}`
}
