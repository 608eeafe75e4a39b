import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { prometheusSimple } from './index.ts'

lifecycleTest(prometheusSimple, { endpoint: '127.0.0.1:9' })
