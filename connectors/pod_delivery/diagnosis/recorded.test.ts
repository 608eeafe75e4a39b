import { describe, expect, it } from 'vitest'
import { judgedAtEndOf, scenariosOf, versions } from './recorded_for_tests.ts'

/** What is said of the pods of a scenario at the end of its log, beside those that all went well with. */
const expected: Readonly<Record<string, string>> = {
  admission_policy_denied: 'PolicyDenied excused',
  command_not_found: 'CommandNotFound open',
  config_map_missing: 'ConfigMapMissing open',
  crash_loop: 'ApplicationError open, ApplicationError kept',
  deleted_before_ready: 'DeletedBeforeReady excused',
  evicted_api: 'EvictedByApi kept',
  evicted_memory: 'EvictedMemoryPressure kept',
  evicted_storage: 'EphemeralStorageExceeded kept',
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
  liveness_kill: 'LivenessProbeFailed kept',
  namespace_deleted: 'NamespaceTerminating excused',
  node_lost: 'NodeAffinityMismatch open, EvictedByTaint open',
  oom_killed: 'OOMKilled kept',
  pod_deadline: 'DeadlineExceeded kept',
  pod_rejected: 'OutOfCpu broken',
  pod_security_denied: 'PodSecurityViolated excused',
  post_start_failed: 'PostStartHookFailed open',
  preempted: 'InsufficientCpu open, PreemptedByScheduler kept',
  priority_class_missing: 'PriorityClassMissing excused',
  quota_denied: 'QuotaExceeded excused',
  readiness_never: 'ReadinessHttpFailed open',
  restart_in_place: 'ApplicationError kept',
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

/** Scenarios in which all goes well. */
const well =
  'delete_finalizer delete_forced delete_normal delete_over_grace deployment_rollout dry_run healthy init_containers job_succeeded network_not_ready post_start_slow readiness_gate scheduling_gated sidecar volume_attach_slow'

/** Codes that say that nothing is wrong. */
const fine = new Set(['Success', 'InProgress'])

/** Where a version's log ends earlier, or tells otherwise. */
const inVersion: Readonly<Record<string, string>> = {
  'v1.30.14 node_lost': 'EvictedByTaint open',
}

const table: Readonly<Record<string, string>> = {
  ...expected,
  ...Object.fromEntries(well.split(' ').map((name) => [name, ''])),
}
const cases = versions.flatMap((version) =>
  scenariosOf(version).map((scenario) => [version, scenario] as const),
)

describe('a recorded audit log', () => {
  it.each(cases)('[3.14] of %s, %s, is explained', (version, scenario) => {
    const found = judgedAtEndOf(version, scenario)
      .filter(({ diagnosis }) => !fine.has(diagnosis.code))
      .map(({ diagnosis, verdict }) => `${diagnosis.code} ${verdict.kept}`)
    expect([...new Set(found)].join(', ')).toBe(
      inVersion[`${version} ${scenario}`] ?? table[scenario],
    )
  })

  it.each([
    ['crash_loop', 'its program ended with exit code 1'],
    ['oom_killed', 'it was killed because it used more than its memory limit of 64Mi'],
    [
      'liveness_kill',
      'the kubelet killed it because its liveness probe failed (HTTP probe failed with statuscode: 500)',
    ],
    ['restart_in_place', 'its program ended with exit code 1'],
  ])('[3.14] says why containers of %s were started again', (scenario, why) => {
    for (const version of versions) {
      const all = judgedAtEndOf(version, scenario)
      const again = all.filter(({ delivery: { kind, outcome } }) => kind === 'restart' && outcome)
      expect(again.length).toBeGreaterThan(0)
      for (const { diagnosis } of again) {
        expect(diagnosis).toMatchObject({ severity: 'failing', owner: 'user', subject: 'app' })
        expect(diagnosis.sentence.en).toContain(`Container \`app\` was started again after ${why};`)
      }
    }
  })

  it.each(['evicted_api', 'evicted_memory', 'evicted_storage', 'pod_deadline', 'node_lost'])(
    'of %s has no restart: the pod was taken down',
    (scenario) => {
      for (const version of versions) {
        const kinds = judgedAtEndOf(version, scenario).map(({ delivery: { kind } }) => kind)
        expect(new Set(kinds)).toEqual(new Set(['create', 'delete']))
      }
    },
  )

  it.each(versions)(
    'of %s says who had the pod evicted, for which nobody is to blame',
    (version) => {
      const [deletion] = judgedAtEndOf(version, 'evicted_api')
      expect(deletion?.diagnosis).toMatchObject({ owner: 'none', severity: 'none' })
      expect(deletion?.diagnosis.sentence.en).toContain('by a request of `kubernetes-admin`,')
    },
  )

  it('of every scenario that is told of here is there', () => {
    const all = new Set(versions.flatMap(scenariosOf))
    expect(Object.keys(table).filter((scenario) => !all.has(scenario))).toEqual([])
  })
})
