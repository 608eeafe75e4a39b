import { describe, expect, it } from 'vitest'
import { judgedAtEndOf, scenariosOf, versions } from './recorded_for_tests.ts'

/** What is said of the pods of a scenario at the end of its log, beside those that all went well with. */
const expected: Readonly<Record<string, string>> = {
  admission_policy_denied: 'PolicyDenied excused',
  command_not_found: 'CommandNotFound open',
  config_map_missing: 'ConfigMapMissing open',
  crash_loop: 'ApplicationError open',
  deleted_before_ready: 'DeletedBeforeReady excused',
  failed_mount: 'ConfigMapMissing open',
  image_access_denied: 'ImagePullDenied open',
  image_name_invalid: 'InvalidImageName open',
  image_never_pulled: 'ImageNeverPull open',
  image_not_found: 'ImageNotFound open',
  init_failed: 'InitContainerFailed open',
  invalid_pod: 'PodInvalid excused',
  job_deadline: 'JobStopped excused',
  job_failed: 'ExitedWithError excused',
  limit_range_denied: 'LimitRangeViolated excused',
  namespace_deleted: 'NamespaceTerminating excused',
  pod_rejected: 'OutOfCpu broken',
  pod_security_denied: 'PodSecurityViolated excused',
  post_start_failed: 'PostStartHookFailed open',
  preempted: 'InsufficientCpu open',
  priority_class_missing: 'PriorityClassMissing excused',
  quota_denied: 'QuotaExceeded excused',
  readiness_never: 'ReadinessHttpFailed open',
  sandbox_failed: 'PodIpsExhausted open',
  secret_key_missing: 'ConfigKeyMissing open',
  secret_missing: 'SecretMissing open',
  service_account_missing: 'ServiceAccountMissing excused',
  slow_image_pull: 'ImagePullTooMuchTime kept',
  startup_kill: 'StartupProbeFailed open',
  unschedulable_claim_missing: 'PvcNotFound open',
  unschedulable_claim_unbound: 'VolumeUnbound open',
  unschedulable_cpu: 'InsufficientCpu open',
  unschedulable_host_port: 'HostPortConflict open',
  unschedulable_memory: 'InsufficientMemory open',
  unschedulable_node_affinity: 'NodeAffinityMismatch open',
  unschedulable_pod_anti_affinity: 'PodAntiAffinityUnsatisfied open',
  unschedulable_taint: 'NodeAffinityMismatch open',
  unschedulable_topology_spread: 'TopologySpreadUnsatisfied open',
  unschedulable_volume_zone: 'VolumeZoneConflict open',
  volume_attach_failed: 'VolumeAttachFailed open',
  volume_multi_attach: 'VolumeUsedElsewhere open',
  webhook_denied: 'WebhookDenied excused',
  webhook_unreachable: 'WebhookUnreachable broken',
}

/** Scenarios in which all goes well, or in which it goes wrong only after the pods were ready. */
const well =
  'delete_finalizer delete_forced delete_normal delete_over_grace deployment_rollout dry_run evicted_api healthy init_containers job_succeeded liveness_kill network_not_ready oom_killed post_start_slow readiness_gate restart_in_place scheduling_gated sidecar volume_attach_slow'

/** Codes that say that nothing is wrong. */
const fine = new Set(['Success', 'InProgress'])

const table: Readonly<Record<string, string>> = {
  ...expected,
  ...Object.fromEntries(well.split(' ').map((name) => [name, ''])),
}
const cases = versions.flatMap((version) =>
  scenariosOf(version)
    .filter((scenario) => Object.hasOwn(table, scenario))
    .map((scenario) => [version, scenario] as const),
)

describe('a recorded audit log', () => {
  it.each(cases)('[3.14] of %s, %s, is explained', (version, scenario) => {
    const found = judgedAtEndOf(version, scenario)
      .filter(({ diagnosis }) => !fine.has(diagnosis.code))
      .map(({ diagnosis, verdict }) => `${diagnosis.code} ${verdict.kept}`)
    expect([...new Set(found)].join(', ')).toBe(table[scenario])
  })

  it('of every scenario that is told of here is there', () => {
    const all = new Set(versions.flatMap(scenariosOf))
    expect(Object.keys(table).filter((scenario) => !all.has(scenario))).toEqual([])
  })
})
