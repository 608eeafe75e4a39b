import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { otlpHttp } from './index.ts'

lifecycleTest(otlpHttp, { endpoint: 'http://127.0.0.1:4318' })
