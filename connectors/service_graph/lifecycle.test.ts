import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { serviceGraph } from './index.ts'

lifecycleTest(serviceGraph)
