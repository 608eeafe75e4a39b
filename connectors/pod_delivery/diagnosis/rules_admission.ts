import { marked } from './rule.ts'
import type { Rule, StageJudge } from './rule.ts'
import type { Code } from './codes.ts'

const refused = /^answer pod:create:failed$/

function on(code: Code, says: RegExp): Rule {
  return { code, about: refused, says }
}

function answered(code: Code, from: number, to: number): Rule {
  return { code, about: refused, when: (signal) => signal.code >= from && signal.code <= to }
}

/** What the API server answers when it does not take a pod: the admission plug-ins of 1.30 and 1.36. */
export const admission: StageJudge = {
  stage: 'admission',
  after: [],
  over: marked('pod:create:success'),
  holds: ['admission'],
  rules: [
    on('QuotaExceeded', /exceeded quota: (?<subject>[^,]+), (?<detail>requested: .+)/),
    on('QuotaNeedsRequests', /failed quota: (?<subject>[^:]+): (?<detail>must specify .+)/),
    on(
      'LimitRangeViolated',
      /(?<detail>(?:(?:minimum|maximum) \S+ usage per|\S+ max limit to request ratio per).+)/,
    ),
    on('PodSecurityViolated', /violates PodSecurity "(?<subject>[^"]+)": (?<detail>.+)/),
    on(
      'WebhookDenied',
      /admission webhook "(?<subject>[^"]+)" denied the request(?:: (?<detail>.+))?/s,
    ),
    on(
      'WebhookTimeout',
      /failed calling webhook "(?<subject>[^"]+)".*?(?<detail>context deadline exceeded|Client\.Timeout|timed out|i\/o timeout)/s,
    ),
    on('WebhookUnreachable', /failed calling webhook "(?<subject>[^"]+)": (?<detail>.+)/s),
    on(
      'PolicyDenied',
      /ValidatingAdmissionPolicy '(?<subject>[^']+)'.* denied request: (?<detail>.+)/s,
    ),
    on(
      'ServiceAccountMissing',
      /error looking up service account (?<subject>[^\s:]+): .*not found/,
    ),
    on('PriorityClassMissing', /no PriorityClass with name (?<subject>\S+) was found/),
    on('RuntimeClassMissing', /RuntimeClass "(?<subject>[^"]+)" not found/),
    on(
      'NamespaceTerminating',
      /unable to create new content in namespace (?<subject>\S+) because it is being terminated/,
    ),
    on('NamespaceMissing', /namespaces? "(?<subject>[^"]+)" not found/),
    on('CreateForbidden', /User "(?<subject>[^"]+)" cannot create resource/),
    { ...on('PodExists', /already exists/), when: ({ code }) => code === 409 },
    answered('PodInvalid', 400, 400),
    answered('PodInvalid', 422, 422),
    answered('ApiServerOverloaded', 429, 429),
    answered('ApiServerError', 500, 599),
    { code: 'CreateRejected', about: refused, vague: 2 },
  ],
}
