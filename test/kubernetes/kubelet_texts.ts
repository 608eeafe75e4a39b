import { VERSIONS } from './versions.ts'
import type { Minor } from './versions.ts'

// What a kubelet says, each with the file below pkg/kubelet of k8s.io/kubernetes that has it; the
// same in v1.30.14 and v1.36.3 unless said.

/** kuberuntime/kuberuntime_container.go, startContainer: 1.36 no longer names the container. */
export const created = (minor: Minor, container: string): string =>
  isOld(minor) ? `Created container: ${container}` : 'Container created'

/** As `created`, of the same function. */
export const started = (minor: Minor, container: string): string =>
  isOld(minor) ? `Started container ${container}` : 'Container started'

/** images/image_manager.go, pullImage. */
export const pulling = (image: string): string => `Pulling image ${quoted(image)}`

/** images/image_manager.go, pullImage: how long it took without and with waiting for other pulls. */
export function pulled(image: string, pullMs: number, totalMs: number, bytes: number): string {
  const times = `${goDuration(pullMs)} (${goDuration(totalMs)} including waiting)`
  return `Successfully pulled image ${quoted(image)} in ${times}. Image size: ${bytes} bytes.`
}

/** images/image_manager.go; 1.36 adds that the pod may use it (KubeletEnsureSecretPulledImages). */
export const present = (minor: Minor, image: string): string =>
  `Container image ${quoted(image)} already present on machine` +
  (isOld(minor) ? '' : ' and can be accessed by the pod')

/** images/image_manager.go, pullImage. */
export const pullFailed = (image: string, error: string): string =>
  `Failed to pull image ${quoted(image)}: ${error}`

/** images/image_manager.go, pullImage. */
export const pullBackOff = (image: string): string => `Back-off pulling image ${quoted(image)}`

/** The waiting message of a container whose image is not pulled again yet: 1.36 says why. */
export const pullBackOffWaiting = (minor: Minor, image: string, error: string): string =>
  pullBackOff(image) + (isOld(minor) ? '' : `: ErrImagePull: ${error}`)

/** kuberuntime/kuberuntime_container.go, startContainer, whatever step of it failed. */
export const failed = (error: string): string => `Error: ${error}`

/** kuberuntime/kuberuntime_manager.go, doBackOff: the event. */
export const backOff = (container: string, pod: PodName): string =>
  `Back-off restarting failed container ${container} in pod ${formatted(pod)}`

/** kuberuntime/kuberuntime_manager.go, doBackOff: the waiting message. */
export const backOffWaiting = (seconds: number, container: string, pod: PodName): string =>
  `back-off ${goDuration(seconds * 1000)} restarting failed container=${container} pod=${formatted(pod)}`

/** kuberuntime/kuberuntime_container.go, killContainer. */
export const stopping = (container: string): string => `Stopping container ${container}`

/** kuberuntime/kuberuntime_manager.go, computePodActions. */
export const failedProbe = (container: string, probe: 'liveness' | 'startup'): string =>
  `Container ${container} failed ${probe} probe, will be restarted`

/** prober/prober.go, probe: `output` is what the probe said, as pkg/probe/http/http.go has it. */
export const unhealthy = (probe: 'Liveness' | 'Readiness' | 'Startup', output: string): string =>
  `${probe} probe failed: ${output}`

/** pkg/probe/http/http.go, DoHTTPProbe. */
export const badStatus = (status: number): string => `HTTP probe failed with statuscode: ${status}`

/** kuberuntime/kuberuntime_manager.go, SyncPod. */
export const sandboxFailed = (error: string): string => `Failed to create pod sandbox: ${error}`

/** pkg/volume/util/operationexecutor: operation_generator.go and generateVolumeMsg. */
export const mountFailed = (volume: string, error: string): string =>
  `MountVolume.SetUp failed for volume ${quoted(volume)} : ${error}`

/** kuberuntime/kuberuntime_container.go, startContainer: the event FailedPostStartHook. */
export const POST_START_FAILED = 'PostStartHook failed'

/** kuberuntime/kuberuntime_container.go, startContainer: what killContainer is given to say. */
export const KILLED_FOR_POST_START = 'FailedPostStartHook'

/** images/image_manager.go, EnsureImageExists, and util/parsers: a name that is none. */
export const invalidImage = (image: string, why: string): string =>
  `Failed to apply default image tag ${quoted(image)}: couldn't parse image name ${quoted(image)}: ${why}`

/** images/image_manager.go, imagePullPrecheck. */
export const neverPulled = (image: string): string =>
  `Container image ${quoted(image)} is not present with pull policy of Never`

interface PodName {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** util/format/pod.go */
const formatted = ({ namespace, name, uid }: PodName): string => `${name}_${namespace}(${uid})`

const isOld = (minor: Minor): boolean => VERSIONS[minor].minor < 35

// Go's %q, of a text that needs no escapes.
const quoted = (text: string): string => JSON.stringify(text)

/** A time as Go's time.Duration prints it: `850ms`, `40.25s`, `1m20s`. */
export function goDuration(ms: number): string {
  if (ms < 1000) return ms === 0 ? '0s' : `${trimmed(ms)}ms`
  const minutes = Math.floor(ms / 60_000)
  const seconds = `${trimmed((ms - minutes * 60_000) / 1000)}s`
  if (minutes === 0) return seconds
  return minutes < 60
    ? `${minutes}m${seconds}`
    : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`
}

const trimmed = (value: number): string => String(Number(value.toFixed(3)))
