import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { containerStats } from './index.ts'

lifecycleTest(containerStats, { units: true })
