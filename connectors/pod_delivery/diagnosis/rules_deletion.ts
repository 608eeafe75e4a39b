import type { Delivery } from '../../../src/helpers/delivery/model.ts'
import type { StageJudge } from './rule.ts'

const isCreate = (delivery: Delivery): boolean => delivery.kind === 'create'

/** Programs that take a pod down because somebody wished it: a smaller Deployment, an ended Job. */
const job = /job-controller$/

/** How a pod leaves: what it waits for, and who wanted it to leave before it was ready. */
export const deletion: StageJudge = {
  stage: 'deletion',
  after: ['readiness_gate'],
  over: () => false,
  holds: ['container_kill', 'pod_removal'],
  rules: [
    { code: 'KillFailed', about: /^event FailedKillPod$/, says: /(?<detail>.+)/s },
    { code: 'GracePeriodExceeded', about: /^event ExceededGracePeriod$/ },
    { code: 'PreStopHookFailed', about: /^event FailedPreStopHook$/ },
    { code: 'EvictionBlocked', about: /^answer pod:eviction:failed$/, says: /disruption budget/ },
    {
      code: 'DeleteRefused',
      about: /^answer pod:(?:delete|eviction):failed$/,
      says: /(?<detail>.*)/s,
      vague: 2,
    },
    {
      code: 'JobStopped',
      about: /^operation pod:(?:delete|deleted):success$/,
      when: ({ user }, delivery) => isCreate(delivery) && job.test(user),
    },
    {
      code: 'DeletedBeforeReady',
      about: /^operation pod:(?:delete|deleted):success$/,
      when: (_, delivery) => isCreate(delivery),
      vague: 2,
    },
    { code: 'FinalizerLeft', about: /^silence finalizer$/, says: /(?<subject>.+)/ },
  ],
}
