import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { otlpFile } from './index.ts'

lifecycleTest(otlpFile, { include: ['/nowhere/*.json'] })
