import { defineReceiver } from '../../src/component/component.ts'
import { k8sAuditConfig } from './config.ts'
import { K8sAuditReceiver } from './receiver.ts'

/** Takes the audit events of Kubernetes API servers. */
export const k8sAudit = defineReceiver({
  type: 'k8s_audit',
  summary:
    'Takes the audit events of Kubernetes API servers, from their audit log or their webhook.',
  stability: 'alpha',
  config: k8sAuditConfig,
  produces: ['logs'],
  create: (settings, config) => new K8sAuditReceiver(settings, config),
})
