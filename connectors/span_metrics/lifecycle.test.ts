import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { spanMetrics } from './index.ts'

lifecycleTest(spanMetrics)
