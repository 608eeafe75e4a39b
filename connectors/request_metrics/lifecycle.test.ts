import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { requestMetrics } from './index.ts'

lifecycleTest(requestMetrics)
