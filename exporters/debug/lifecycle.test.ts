import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { debug } from './index.ts'

lifecycleTest(debug, { verbosity: 'normal' })
