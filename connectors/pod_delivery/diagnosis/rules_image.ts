import { markedOf } from './rule.ts'
import type { Rule, StageJudge } from './rule.ts'
import type { Code } from './codes.ts'

/**
 * Both dialects: the event of the pull, and the state of the container, into which the kubelet writes
 * the cause of the last attempt as well since 1.31.
 */
const failed =
  /^(event (Failed|BackOff)|waiting (ErrImagePull|ImagePullBackOff|RegistryUnavailable|SignatureValidationFailed))$/
/** Not an event that a container did not start, which is called `Failed` too. */
const pulling = /^(?:Failed to pull|Back-off pulling) image/

function on(code: Code, says: RegExp): Rule {
  const when: Rule['when'] = ({ about, message }) =>
    about.startsWith('waiting ') || pulling.test(message)
  return { code, about: failed, says, when }
}

const denied =
  /pull access denied|authorization failed|insufficient_scope|unauthorized|no basic auth credentials|401 Unauthorized|403 Forbidden|denied: /i

/**
 * Pulling images (pkg/kubelet/images). What comes after "Failed to pull image" is the runtime's and
 * the registry's: containerd 1.7 and 2.x, CRI-O, Docker's distribution. A registry that does not tell
 * says "pull access denied, repository does not exist or may require authorization" of both.
 */
export const image: StageJudge = {
  stage: 'image',
  after: ['sandbox'],
  over: markedOf('event:Pulled', 'event:Created', 'event:Started'),
  holds: ['image_pull'],
  rules: [
    {
      code: 'InvalidImageName',
      about: /^(waiting|event) (InvalidImageName|InspectFailed)$/,
      says: /(?:couldn't parse image name|invalid reference format|Failed to apply default image tag)(?<detail>.*)/s,
    },
    { code: 'InvalidImageName', about: /^waiting InvalidImageName$/ },
    { code: 'ImageNeverPull', about: /^(waiting|event) ErrImageNeverPull$/ },
    on(
      'ImagePlatformMismatch',
      /no match for platform in manifest|no matching manifest for|image platform .* does not match/,
    ),
    {
      code: 'ImageSignatureRejected',
      about: /^waiting SignatureValidationFailed$/,
      says: /(?<detail>.+)/s,
    },
    on(
      'ImageSignatureRejected',
      /SignatureValidationFailed|signature validation failed|Source image rejected/i,
    ),
    on('RegistryRateLimited', /429 Too Many Requests|toomanyrequests|rate limit/i),
    on('ImagePullDenied', denied),
    on('ImageNotFound', /not found|manifest unknown|name unknown|does not exist/i),
    on(
      'RegistryDnsFailed',
      /no such host|server misbehaving|Temporary failure in name resolution|dial tcp: lookup/,
    ),
    on(
      'RegistryRefused',
      /connection refused|no route to host|network is unreachable|connection reset by peer/,
    ),
    on('RegistryTlsFailed', /x509:|tls: |server gave HTTP response to HTTPS client/),
    on(
      'RegistryTimeout',
      /i\/o timeout|context deadline exceeded|DeadlineExceeded|TLS handshake timeout|Client\.Timeout|pull progress deadline|request canceled/,
    ),
    on(
      'RegistryServerError',
      /unexpected status[^:]*: 5\d\d|50\d (?:Internal|Bad Gateway|Service|Gateway)|registry is unavailable|RegistryUnavailable/,
    ),
    on('ImageNoSpace', /no space left on device/),
    {
      code: 'ImageInspectFailed',
      about: /^(event InspectFailed|waiting ImageInspectError)$/,
      says: /(?<detail>.*)/s,
    },
    {
      code: 'ImagePullSecretMissing',
      about: /^event FailedToRetrieveImagePullSecret$/,
      says: /image pull secrets \((?<subject>[^)]+)\)/,
      vague: 2,
    },
    { ...on('ImagePullFailed', /Failed to pull image "[^"]*": (?<detail>.+)/s) },
    {
      code: 'ImagePullBackOff',
      about: /^(waiting (ErrImagePull|ImagePullBackOff)|event BackOff)$/,
      says: /image/i,
      vague: 2,
    },
    { code: 'ImagePullBackOff', about: /^waiting (ErrImagePull|ImagePullBackOff)$/, vague: 2 },
  ],
}
