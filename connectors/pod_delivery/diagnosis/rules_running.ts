import type { Delivery } from '../../../src/helpers/delivery/model.ts'
import { marked } from './rule.ts'
import type { Rule, StageJudge } from './rule.ts'
import type { Code } from './codes.ts'
import { again, readyAgain } from './rules_start.ts'
import type { Signal } from './signals.ts'

type Test = NonNullable<Rule['when']>

/** What a program's exit code means by the custom of shells: 128 and the number of the signal. */
function exits(code: Code, ...exitCodes: readonly number[]): Rule {
  return { code, about: /^terminated /, when: ({ exitCode }) => exitCodes.includes(exitCode ?? -1) }
}

function isRole(...roles: readonly string[]): Test {
  return (signal, delivery) => roles.includes(roleOf(signal, delivery))
}

function roleOf({ container }: Signal, { pod }: Delivery): string {
  return pod.containers.find(({ name }) => name === container)?.role ?? ''
}

/** An end that was no failure of the container: it did what it was to do, or the pod was taken down. */
const failedItself: Test = (signal, delivery) =>
  (signal.exitCode ?? 0) !== 0 && !isBeingDeleted(signal, delivery)

function isBeingDeleted({ firstMs }: Signal, { events }: Delivery): boolean {
  return events.some(({ name, timeMs }) => name === 'pod:delete:success' && timeMs <= firstMs)
}

const probe = (kind: string, says: string): RegExp =>
  new RegExp(`^${kind} probe (?:failed|errored)${says}`, 'i')

/** An init container that ends with an error holds up all that come after it. */
export const init: StageJudge = {
  stage: 'init',
  after: ['start'],
  over: marked('condition:Initialized:true'),
  holds: again,
  rules: [
    { code: 'OOMKilled', about: /^terminated OOMKilled$/, when: isRole('init') },
    {
      code: 'InitContainerFailed',
      about: /^terminated /,
      when: (signal, delivery) =>
        failedItself(signal, delivery) && isRole('init')(signal, delivery),
    },
    {
      code: 'InitContainerFailed',
      about: /^(waiting CrashLoopBackOff|event BackOff)$/,
      when: isRole('init'),
      vague: 2,
    },
  ],
}

/** A container that was not up in the time that its startup probe gives it. */
export const startup: StageJudge = {
  stage: 'startup',
  after: ['init'],
  over: readyAgain,
  holds: again,
  rules: [
    { code: 'StartupProbeFailed', about: /^event Killing$/, says: /failed startup probe/ },
    {
      code: 'StartupProbeFailed',
      about: /^event Unhealthy$/,
      says: probe('Startup', '.*?: (?<detail>.+)'),
      vague: 1,
    },
  ],
}

/** What a container did to itself once it ran. */
export const running: StageJudge = {
  stage: 'running',
  after: ['startup'],
  over: readyAgain,
  holds: again,
  rules: [
    { code: 'OOMKilled', about: /^terminated OOMKilled$/ },
    { code: 'LivenessProbeFailed', about: /^event Killing$/, says: /failed liveness probe/ },
    {
      code: 'LivenessProbeFailed',
      about: /^event Unhealthy$/,
      says: probe('Liveness', '.*?: (?<detail>.+)'),
      vague: 1,
    },
    { code: 'ContainerLost', about: /^terminated ContainerStatusUnknown$/ },
    ...[
      exits('CommandNotExecutable', 126),
      exits('CommandNotFound', 127),
      exits('ApplicationAborted', 134),
      { ...exits('ApplicationKilled', 137), vague: 1 } as const,
      exits('ApplicationCrashed', 139, 135, 136, 132),
      { ...exits('ApplicationTerminated', 143), vague: 1 } as const,
      exits('ApplicationError', 1),
      {
        code: 'KilledBySignal',
        about: /^terminated /,
        when: ({ exitCode = 0 }: Signal) => exitCode > 128 && exitCode < 160,
      } as const,
      { code: 'ExitedWithError', about: /^terminated Error$/ } as const,
    ].map(unlessTakenDown),
    {
      code: 'ExitedTooEarly',
      about: /^terminated Completed$/,
      when: (signal, delivery) =>
        ['main', 'sidecar', ''].includes(roleOf(signal, delivery)) &&
        delivery.pod.restartPolicy === 'Always' &&
        !isBeingDeleted(signal, delivery),
    },
    { code: 'CrashLoopBackOff', about: /^waiting CrashLoopBackOff$/, vague: 2 },
    {
      code: 'CrashLoopBackOff',
      about: /^event BackOff$/,
      says: /restarting failed container/,
      vague: 2,
    },
  ],
}

function unlessTakenDown(rule: Rule): Rule {
  return {
    ...rule,
    when: (signal, delivery) =>
      failedItself(signal, delivery) && (rule.when?.(signal, delivery) ?? true),
  }
}

/** A container that runs and says itself that it is not ready. */
export const readiness: StageJudge = {
  stage: 'readiness',
  after: ['running'],
  over: readyAgain,
  holds: [],
  rules: [
    {
      code: 'ReadinessHttpFailed',
      about: /^event Unhealthy$/,
      says: probe('Readiness', '.*statuscode: (?<detail>\\d+)'),
    },
    {
      code: 'ReadinessRefused',
      about: /^event Unhealthy$/,
      says: probe(
        'Readiness',
        '.*(?<detail>connection refused|connection reset by peer|EOF|no route to host)',
      ),
    },
    {
      code: 'ReadinessGrpcFailed',
      about: /^event Unhealthy$/,
      says: probe(
        'Readiness',
        '.*(?<detail>service unhealthy.*|grpc health protocol.*|health rpc.*|failed to connect service.*)',
      ),
    },
    {
      code: 'ReadinessTimeout',
      about: /^event Unhealthy$/,
      says: probe(
        'Readiness',
        '[^]*(?<detail>deadline exceeded|Client\\.Timeout|timed out|i/o timeout)',
      ),
    },
    {
      code: 'ReadinessExecFailed',
      about: /^event Unhealthy$/,
      says: probe('Readiness', '.*?: (?<detail>[^]*)'),
    },
  ],
}

/** Conditions that others were asked to set (`readinessGates`). */
export const readinessGate: StageJudge = {
  stage: 'readiness_gate',
  after: ['readiness'],
  over: marked('condition:Ready:true'),
  holds: [],
  rules: [
    {
      code: 'ReadinessGateNotReady',
      about: /^condition Ready\/ReadinessGatesNotReady$/,
      says: /^(?:.*readiness gate "(?<subject>[^"]+)")?/,
    },
  ],
}
