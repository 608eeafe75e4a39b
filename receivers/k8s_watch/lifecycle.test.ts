import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { k8sWatch } from './index.ts'

lifecycleTest(k8sWatch, { auth_type: 'kubeConfig', kubeconfig: '/nonexistent/config' })
