import { join } from 'node:path'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { file } from './index.ts'

cleansUp()
lifecycleTest(file, { path: join(tempDir('file'), 'spans.jsonl') })
