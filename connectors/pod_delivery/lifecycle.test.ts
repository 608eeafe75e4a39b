import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { podDelivery } from './index.ts'

lifecycleTest(podDelivery)
