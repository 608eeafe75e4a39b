import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { fileStorage } from './index.ts'

cleansUp()
lifecycleTest(fileStorage, { directory: tempDir('file_storage') })
