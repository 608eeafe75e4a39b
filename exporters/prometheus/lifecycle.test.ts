import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { prometheus } from './index.ts'

lifecycleTest(prometheus, { endpoint: '127.0.0.1:0' })
