import { marked } from './rule.ts'
import type { Rule, StageJudge } from './rule.ts'
import type { Code } from './codes.ts'

/** Both dialects: the event of the scheduler, and the condition that it sets. */
const failed = /^(event FailedScheduling|condition PodScheduled\/)/

function on(code: Code, says: RegExp): Rule {
  return { code, about: failed, says }
}

const sick =
  /untolerated taint.*node\.kubernetes\.io\/(?<detail>not-ready|unreachable|network-unavailable|memory-pressure|disk-pressure|pid-pressure|out-of-service)/

/**
 * Why no node was found. The texts are those of the plug-ins (pkg/scheduler/framework/plugins) of
 * Kubernetes 1.30 and 1.36; in 1.36 the taint itself is no longer named in the message.
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
    on(
      'VolumeUnbound',
      /unbound immediate PersistentVolumeClaims|didn't find available persistent volumes to bind|bound to non-existent persistentvolume|bound to non-existent pv|waiting for ephemeral volume controller/,
    ),
    on('NodesNotReady', sick),
    on(
      'NodesUnschedulable',
      /were unschedulable|untolerated taint.*node\.kubernetes\.io\/unschedulable/,
    ),
    on('UntoleratedTaint', /untolerated taint \{(?<subject>[^}]+)\}/),
    on('TaintedNodes', /untolerated taint\(s\)|had taints that the pod didn't tolerate/),
    on(
      'NodeAffinityMismatch',
      /didn't match Pod's node affinity|didn't match scheduler-enforced node affinity|pod affinity terms conflict|didn't satisfy plugin\(s\) \[NodeAffinity\]/,
    ),
    on('NodeNameMismatch', /didn't match the requested node name/),
    on('HostPortConflict', /didn't have free ports for the requested pod ports/),
    on('TopologySpreadUnsatisfied', /didn't match pod topology spread constraints/),
    on('PodAntiAffinityUnsatisfied', /anti-affinity rules/),
    on('PodAffinityUnsatisfied', /didn't match pod affinity rules/),
    on(
      'VolumeZoneConflict',
      /no available volume zone|volume node affinity conflict|didn't match PersistentVolume's node affinity/,
    ),
    on('VolumeInUse', /ReadWriteOncePod access mode already in-use|had no available disk/),
    on('VolumeLimitReached', /exceed max volume count/),
    on('VolumeStorageShort', /did not have enough free storage/),
    on('InsufficientCpu', /Insufficient cpu/),
    on('InsufficientMemory', /Insufficient memory/),
    on('InsufficientEphemeralStorage', /Insufficient ephemeral-storage/),
    on('TooManyPods', /Too many pods/),
    on('InsufficientExtendedResource', /Insufficient (?<subject>\S+)/),
    on(
      'DeviceClaimUnsatisfied',
      /resourceclaim|cannot allocate all claims|claim .*not .*(?:found|allocated)/i,
    ),
    on('NoNodes', /no nodes available to schedule pods|^0\/0 nodes/),
    { code: 'BindingFailed', about: /^answer schedule:binding:failed$/ },
    on('BindingFailed', /binding rejected/),
    { code: 'SchedulerMissing', about: /^silence other-scheduler$/, says: /(?<subject>.+)/ },
    { code: 'SchedulerSilent', about: /^silence scheduler$/ },
    { ...on('FailedScheduling', /./), vague: true },
  ],
}
