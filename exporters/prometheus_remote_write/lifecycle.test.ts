import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { prometheusRemoteWrite } from './index.ts'

lifecycleTest(prometheusRemoteWrite, { endpoint: 'http://127.0.0.1:9/api/v1/write' })
