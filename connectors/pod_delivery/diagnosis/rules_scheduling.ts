import { marked } from './rule.ts'
import type { Rule, StageJudge } from './rule.ts'
import type { Code } from './codes.ts'

/** Both dialects: the event of the scheduler, and the condition that it sets. */
const failed = /^(event FailedScheduling|condition PodScheduled\/)/

function on(code: Code, says: RegExp): Rule {
  return { code, about: failed, says }
}

const sick =
  /untolerated taint \{node\.kubernetes\.io\/(?<detail>not-ready|unreachable|network-unavailable|memory-pressure|disk-pressure|pid-pressure|out-of-service)/

/**
 * Why no node was found. The texts are those of the plug-ins (pkg/scheduler/framework/plugins) of
 * Kubernetes 1.30 and 1.36; in 1.36 the taint itself is no longer named in the message. A node is left
 * out by the first plug-in that objects, so that of several reasons the one of the last plug-in (in the
 * order of pkg/scheduler/apis/config/v1/default_plugins.go) keeps the nodes away that fit best: the rules
 * are in the opposite order of the plug-ins.
 */
export const scheduling: StageJudge = {
  stage: 'scheduling',
  after: ['admission'],
  over: marked('schedule:binding:success', 'event:Scheduled', 'condition:PodScheduled:true'),
  holds: ['queueing', 'preemption', 'scheduling'],
  rules: [
    { code: 'SchedulingGated', about: /^condition PodScheduled\/SchedulingGated$/ },
    on('SchedulingGated', /waiting for scheduling gates: \[?(?<subject>[^\]]*)/),
    on('PvcNotFound', /persistentvolumeclaim "(?<subject>[^"]+)" (?:not found|is being deleted)/),
    on('TopologySpreadUnsatisfied', /didn't match pod topology spread constraints/),
    on('PodAntiAffinityUnsatisfied', /anti-affinity rules/),
    on('PodAffinityUnsatisfied', /didn't match pod affinity rules/),
    on('DeviceClaimUnsatisfied', /resourceclaim|cannot allocate all claims/i),
    on(
      'VolumeZoneConflict',
      /no available volume zone|volume node affinity conflict|didn't match PersistentVolume's node affinity/,
    ),
    on(
      'VolumeUnbound',
      /unbound immediate PersistentVolumeClaims|didn't find available persistent volumes to bind|bound to non-existent p|waiting for ephemeral volume controller/,
    ),
    on('VolumeStorageShort', /did not have enough free storage/),
    on('VolumeLimitReached', /exceed max volume count/),
    on('VolumeInUse', /ReadWriteOncePod access mode already in-use|had no available disk/),
    on(
      'InsufficientExtendedResource',
      /Insufficient (?<subject>(?!cpu|memory|ephemeral)\S+?)(?=[.,]?(?:\s|$))/,
    ),
    on('InsufficientCpu', /Insufficient cpu/),
    on('InsufficientMemory', /Insufficient memory/),
    on('InsufficientEphemeralStorage', /Insufficient ephemeral-storage/),
    on('TooManyPods', /Too many pods/),
    on('HostPortConflict', /didn't have free ports for the requested pod ports/),
    on(
      'NodeAffinityMismatch',
      /didn't match Pod's node affinity|didn't match scheduler-enforced node affinity|pod affinity terms conflict/,
    ),
    on('NodesNotReady', sick),
    on(
      'NodesUnschedulable',
      /were unschedulable|untolerated taint \{node\.kubernetes\.io\/unschedulable/,
    ),
    on('UntoleratedTaint', /untolerated taint \{(?<subject>[^}]+)\}/),
    on('TaintedNodes', /untolerated taint\(s\)|had taints that the pod didn't tolerate/),
    on('NodeNameMismatch', /didn't match the requested node name/),
    on('NoNodes', /no nodes available to schedule pods/),
    { code: 'BindingFailed', about: /^answer schedule:binding:failed$/ },
    on('BindingFailed', /binding rejected/),
    { code: 'SchedulerMissing', about: /^silence other-scheduler$/, says: /(?<subject>.+)/ },
    { code: 'SchedulerSilent', about: /^silence scheduler$/ },
    { ...on('FailedScheduling', /./), vague: 2 },
  ],
}
