import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { k8sAudit } from './index.ts'

lifecycleTest(k8sAudit, {
  file: { path: '/nowhere/audit.log' },
  webhook: { endpoint: '127.0.0.1:0' },
})
