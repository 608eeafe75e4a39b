import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { otlp } from './index.ts'

const endpoint = '127.0.0.1:0'
lifecycleTest(otlp, { protocols: { grpc: { endpoint }, http: { endpoint } } })
