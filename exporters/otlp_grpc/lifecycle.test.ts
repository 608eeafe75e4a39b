import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { otlpGrpc } from './index.ts'

lifecycleTest(otlpGrpc, { endpoint: '127.0.0.1:4317' })
