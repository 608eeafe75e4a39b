import { marked } from './rule.ts'
import type { Rule, StageJudge } from './rule.ts'
import type { Code } from './codes.ts'
import { sandboxUp } from './rules_volumes.ts'

const failed = /^event FailedCreatePodSandBox$/

function on(code: Code, says: RegExp): Rule {
  return { code, about: failed, says }
}

/**
 * The pod's sandbox and its network. The kubelet hands on what the runtime and its network plug-in
 * say, so that these are texts of containerd 1.7 and 2.x, CRI-O and the usual plug-ins.
 */
export const sandbox: StageJudge = {
  stage: 'sandbox',
  after: ['volumes'],
  over: marked(...sandboxUp),
  holds: ['sandbox'],
  rules: [
    {
      code: 'NetworkNotReady',
      about: /^event NetworkNotReady$/,
      says: /network is not ready: (?<detail>.+)/s,
    },
    on('NetworkNotReady', /(?<detail>cni plugin not initialized|cni config uninitialized)/),
    on(
      'PodIpsExhausted',
      /(?<detail>no IP addresses available in range set|failed to assign an IP address to container|no more IPs|no IPs available|no free IPs?|IP pool exhausted|insufficient (?:ip|free) addresses|all available IPs)/i,
    ),
    on(
      'CniPluginMissing',
      /failed to find plugin "(?<subject>[^"]+)"|(?<detail>no networks found in \S+|stat \/run\/flannel\/subnet\.env: no such file)/,
    ),
    on(
      'RuntimeHandlerMissing',
      /no runtime for "(?<subject>[^"]+)" is configured|failed to find runtime handler (?<subject>\S+)|failed to lookup RuntimeClass (?<subject>[^\s:]+)/,
    ),
    on('SandboxNameReserved', /name "(?<subject>[^"]+)" is reserved for/),
    on(
      'CniFailed',
      /^(?=.*(?:set ?up (?:sandbox )?(?:pod )?network|CNI network|plugin type=))(?:.*?plugin type="(?<subject>[^"]+)")?/is,
    ),
    on('SandboxTimeout', /(?<detail>context deadline exceeded|DeadlineExceeded|timed out)/),
    on('SandboxFailed', /Failed to create pod sandbox: (?<detail>.+)/s),
    {
      code: 'DevicePrepareFailed',
      about: /^event FailedPrepareDynamicResources$/,
      says: /(?<detail>.+)/s,
    },
    { code: 'PodCgroupFailed', about: /^event FailedCreatePodContainer$/, says: /(?<detail>.+)/s },
    {
      code: 'SandboxFailed',
      about: /^event (FailedPodSandBoxStatus|FailedSync)$/,
      says: /(?<detail>.+)/s,
      vague: 2,
    },
    { ...on('SandboxFailed', /(?<detail>.+)/s), vague: 2 },
  ],
}
