import { marked } from './rule.ts'
import type { Rule, StageJudge } from './rule.ts'
import type { Code } from './codes.ts'

const unmounted = /^event Failed(Mount|MapVolume)$/
const detached = /^event FailedAttachVolume$/

/** Signs that the volumes are there and the pod's network is up: the kubelet goes on to images. */
export const sandboxUp = [
  'condition:PodReadyToStartContainers:true',
  'event:Pulling',
  'event:Pulled',
  'event:Created',
  'event:Started',
] as const

function mount(code: Code, says: RegExp): Rule {
  return { code, about: unmounted, says }
}

function attach(code: Code, says: RegExp): Rule {
  return { code, about: detached, says }
}

/**
 * Attaching (pkg/controller/volume/attachdetach) and mounting (pkg/volume/util/operationexecutor).
 * The second dialect of the kubelet, "Unable to attach or mount volumes: …", names the volumes that
 * are missing and not why: it is vague where another event says why.
 */
export const volumes: StageJudge = {
  stage: 'volumes',
  after: ['scheduling'],
  over: marked(...sandboxUp),
  holds: ['volumes', 'sandbox'],
  rules: [
    mount('ConfigKeyMissing', /references non-existent (?:config|secret) key: (?<subject>\S+)/),
    mount(
      'ConfigMapMissing',
      /configmap "(?<subject>[^"]+)" not found|object "[^"]*"\/"(?<subject>[^"]+)" not registered/,
    ),
    mount('SecretMissing', /secret "(?<subject>[^"]+)" not found/),
    mount('VolumeClaimMissing', /persistentvolumeclaim "(?<subject>[^"]+)" not found/),
    attach(
      'VolumeUsedElsewhere',
      /Multi-Attach error for volume "(?<subject>[^"]+)" Volume is already used by (?<detail>.+)/,
    ),
    attach('VolumeAttachedElsewhere', /Multi-Attach error for volume "(?<subject>[^"]+)"/),
    attach(
      'VolumeAttachTimeout',
      /volume "(?<subject>[^"]+)".*(?<detail>timed out waiting for external-attacher|deadline exceeded|DeadlineExceeded)/i,
    ),
    attach('VolumeAttachFailed', /volume "(?<subject>[^"]+)" : (?<detail>.+)/s),
    mount(
      'CsiDriverMissing',
      /driver name (?<subject>\S+) not found in the list of registered CSI drivers/,
    ),
    mount(
      'HostPathMismatch',
      /volume "(?<subject>[^"]+)" : hostPath type check failed: (?<detail>.+)/,
    ),
    mount('VolumeNoSpace', /volume "(?<subject>[^"]+)".*no space left on device/is),
    mount(
      'VolumeDamaged',
      /volume "(?<subject>[^"]+)".*(?<detail>fsck' found errors|wrong fs type|bad superblock|structure needs cleaning|input\/output error)/is,
    ),
    mount(
      'VolumeAccessDenied',
      /volume "(?<subject>[^"]+)".*(?<detail>access denied by server|permission denied|operation not permitted|authentication failed)/is,
    ),
    mount(
      'NfsUnreachable',
      /volume "(?<subject>[^"]+)".*mount\.nfs4?: (?<detail>Connection timed out|Connection refused|No route to host|Failed to resolve server|Network is unreachable)/is,
    ),
    mount(
      'VolumeMountTimeout',
      /volume "(?<subject>[^"]+)".*(?<detail>context deadline exceeded|DeadlineExceeded|timed out)/is,
    ),
    mount('VolumeMountFailed', /volume "(?<subject>[^"]+)" : (?<detail>.+)/s),
    {
      ...mount(
        'VolumeMountTimeout',
        /unmounted volumes=\[(?<subject>[^\]]*)\].*(?<detail>timed out|deadline exceeded)/s,
      ),
      vague: 2,
    },
    { ...mount('VolumeMountFailed', /(?<detail>.+)/s), vague: 2 },
    { ...attach('VolumeAttachFailed', /(?<detail>.+)/s), vague: 2 },
  ],
}
