import { marked, markedOf } from './rule.ts'
import type { Rule, StageJudge } from './rule.ts'
import type { Code } from './codes.ts'

/** A container that was not created: the event, and the state of the container. */
const config = /^(event Failed|waiting CreateContainerConfigError)$/
const notCreated = /^(event Failed|waiting CreateContainerError)$/
const notStarted =
  /^(event Failed|waiting (RunContainerError|CreateContainerError)|terminated (StartError|ContainerCannotRun))$/

function on(code: Code, about: RegExp, says: RegExp): Rule {
  return { code, about, says }
}

/** What is done again for every attempt, of which the trace has one stage for all. */
export const again = ['image_pull', 'container_create', 'container_start'] as const

/** What the kubelet makes of a spec, and the runtime of that, before there is a container. */
export const create: StageJudge = {
  stage: 'create',
  after: ['image'],
  over: markedOf('event:Created', 'event:Started'),
  holds: again,
  rules: [
    on('ConfigMapMissing', config, /configmap "(?<subject>[^"]+)" not found/),
    on('SecretMissing', config, /secret "(?<subject>[^"]+)" not found/),
    on(
      'ConfigKeyMissing',
      config,
      /couldn't find key (?<subject>\S+) in (?<detail>(?:ConfigMap|Secret) \S+)/,
    ),
    on(
      'RunAsNonRootViolated',
      config,
      /container has runAsNonRoot and (?<detail>.+?)(?: \(pod:|$)/,
    ),
    on(
      'SubPathInvalid',
      config,
      /(?<detail>failed to (?:prepare subPath|create subPath directory)[^\n]*|subPath[^\n]*)/,
    ),
    on(
      'ImageVolumeFailed',
      /^(event Failed|waiting (ImageVolumeMountFailed|CreateContainerError))$/,
      /(?<detail>ImageVolumeMountFailed.*|image volume.*)/is,
    ),
    {
      code: 'ContainerConfigError',
      about: /^waiting CreateContainerConfigError$/,
      says: /(?<detail>.*)/s,
      vague: 2,
    },
    on(
      'ContainerNameReserved',
      notCreated,
      /container name "(?<subject>[^"]+)" is (?:already in use|reserved)|name "(?<subject>[^"]+)" is reserved for/,
    ),
    on(
      'ContainerCreateTimeout',
      notCreated,
      /^(?:Error: )?(?<detail>context deadline exceeded|.*DeadlineExceeded.*)$/s,
    ),
    {
      code: 'ContainerCreateFailed',
      about: /^waiting (CreateContainerError|PreCreateHookError)$/,
      says: /(?<detail>.*)/s,
      vague: 2,
    },
  ],
}

/** What the runtime says when a container does not start: texts of runc and of Docker. */
export const start: StageJudge = {
  stage: 'start',
  after: ['create'],
  over: markedOf('event:Started'),
  holds: again,
  rules: [
    on(
      'MountPathInvalid',
      notStarted,
      /(?<detail>Are you trying to mount a directory onto a file[^\n]*|error mounting "[^"]*" to rootfs[^\n]*)/,
    ),
    on('ExecFormatError', notStarted, /exec format error/),
    on(
      'CommandNotFound',
      notStarted,
      /exec:? "(?<subject>[^"]+)": (?:executable file not found|stat [^:]+: no such file)|exec (?<subject>\S+): no such file or directory|executable file not found/,
    ),
    on(
      'CommandNotExecutable',
      notStarted,
      /exec: "(?<subject>[^"]+)":.*(?:permission denied|is a directory)|exec (?<subject>\S+): permission denied/,
    ),
    on('MemoryLimitTooLow', notStarted, /OOM-killed \(memory limit too low\?\)/),
    {
      code: 'ContainerStartFailed',
      about:
        /^(waiting (RunContainerError|PreStartHookError)|terminated (StartError|ContainerCannotRun))$/,
      says: /(?<detail>.*)/s,
      vague: 2,
    },
  ],
}

/** Of 1.30 the message names the container, of 1.36 only the event's field does: neither is read here. */
export const postStart: StageJudge = {
  stage: 'post_start',
  after: ['start'],
  over: (mark, container) => readyAgain(mark, container),
  holds: again,
  rules: [
    { code: 'PostStartHookFailed', about: /^event FailedPostStartHook$/ },
    { code: 'PostStartHookFailed', about: /^waiting PostStartHookError$/ },
  ],
}

const allReady = marked('condition:ContainersReady:true', 'condition:Ready:true')

/** The container is ready, or all are. */
export const readyAgain: StageJudge['over'] = (mark, container) =>
  mark.name === `containerReady:${container}:true` || allReady(mark, container)
