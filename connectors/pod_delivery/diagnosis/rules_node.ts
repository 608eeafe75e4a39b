import { marked } from './rule.ts'
import type { Rule, StageJudge } from './rule.ts'
import type { Code } from './codes.ts'

const evicted = /^(event|pod) Evicted$/
const disrupted = (reason: string): RegExp => new RegExp(`^condition DisruptionTarget/${reason}$`)

function rejected(code: Code, reason: string): Rule {
  const says =
    /^(?:.*requested: (?<requested>\d+), used: (?<used>\d+), capacity: (?<capacity>\d+))?/
  return { code, about: new RegExp(`^(event|pod) ${reason}$`), says }
}

function leaving(code: Code, says: RegExp): Rule {
  return { code, about: evicted, says }
}

/** Who deletes says why, on clusters that set no condition `DisruptionTarget` (before 1.26). */
function removedBy(code: Code, who: RegExp): Rule {
  const about = /^operation pod:(?:delete|deleted):success$/
  return { code, about, when: ({ user }) => who.test(user) }
}

/**
 * What takes a pod off its node or keeps it from being taken there: evictions (pkg/kubelet/eviction,
 * pkg/controller/tainteviction, the eviction API), rejections by the kubelet (pkg/kubelet/lifecycle),
 * and nodes that fail. Such a pod never comes back, so that only the node's own state is ever cleared.
 */
export const node: StageJudge = {
  stage: 'node',
  after: ['scheduling'],
  over: marked('condition:Ready:true'),
  holds: [],
  rules: [
    leaving(
      'EphemeralStorageExceeded',
      /Container (?<subject>\S+) exceeded its local ephemeral storage limit "(?<limit>[^"]+)"|EmptyDir volume "(?<subject>[^"]+)" exceeds the limit "(?<limit>[^"]+)"|exceeds the total limit of containers (?<limit>\S+?)\./,
    ),
    leaving('EvictedMemoryPressure', /low on resource: memory/),
    leaving('EvictedDiskPressure', /low on resource: (?<detail>ephemeral-storage|inodes)/),
    leaving('EvictedPidPressure', /low on resource: pids/),
    leaving('EvictedNodeCondition', /node had condition: \[?(?<detail>[^\].]+)/),
    { code: 'Evicted', about: evicted, vague: 2 },
    { code: 'EvictedByApi', about: disrupted('EvictionByEvictionAPI') },
    { code: 'EvictedByApi', about: /^operation pod:eviction:success$/ },
    { code: 'EvictedByTaint', about: disrupted('DeletionByTaintManager') },
    {
      code: 'EvictedByTaint',
      about: /^event TaintManagerEviction$/,
      says: /^(?:taint-eviction: )?Marking for deletion/i,
    },
    { code: 'PreemptedByScheduler', about: disrupted('PreemptionByScheduler') },
    {
      code: 'PreemptedByScheduler',
      about: /^event Preempted$/,
      says: /Preempted by (?:pod |a pod )?(?<detail>.*)/,
    },
    { code: 'PreemptedByKubelet', about: /^(event|pod) Preempting$/ },
    { code: 'PodGarbageCollected', about: disrupted('DeletionByPodGC') },
    removedBy('EvictedByTaint', /:(?:node-controller|taint-eviction-controller)$/),
    removedBy('PreemptedByScheduler', /^system:kube-scheduler$/),
    removedBy('PodGarbageCollected', /:pod-garbage-collector$/),
    {
      code: 'NodeShutdown',
      about: /^(event|pod) (NodeShutdown|Terminated)$/,
      says: /node shutdown|node is shutting down/,
    },
    { code: 'NodeNotReady', about: /^(event NodeNotReady|pod NodeLost)$/ },
    rejected('OutOfCpu', 'OutOfcpu'),
    rejected('OutOfMemory', 'OutOfmemory'),
    rejected('OutOfPods', 'OutOfpods'),
    rejected('OutOfExtendedResource', 'OutOf(?<resource>.+)'),
    {
      code: 'DeviceUnavailable',
      about: /^(event|pod) UnexpectedAdmissionError$/,
      says: /(?:devices unavailable for|no healthy devices present; cannot allocate unhealthy devices) (?<subject>[^\s,]+?)(?=[.,]?(?:\s|$))/,
    },
    { code: 'UnexpectedAdmissionError', about: /^(event|pod) UnexpectedAdmissionError$/ },
    {
      code: 'NodeRejectedPod',
      about:
        /^(event|pod) (?<detail>NodeAffinity|NodeName|NodePorts|Taint\w*|TopologyAffinityError|PodOS\w+|InvalidNodeInfo|SupplementalGroupsPolicyNotSupported)$/,
    },
    { code: 'DeadlineExceeded', about: /^(event|pod) DeadlineExceeded$/ },
  ],
}

/** Nothing is ever said about the kubelet: it is silence that speaks. */
export const kubelet: StageJudge = {
  stage: 'kubelet',
  after: ['scheduling'],
  over: () => true,
  holds: [],
  rules: [{ code: 'KubeletDelay', about: /^silence kubelet$/ }],
}
