import { defineConfig } from 'vitest/config'
import { reporters } from './test/results.ts'

/**
 * Suites that take minutes: `.ci/run` runs each by itself after `npm run check`, and as one more the
 * tests beside the code and in test/e2e that wait longer than most (`*.long.test.ts`).
 */
export default defineConfig({
  test: {
    reporters: reporters(),
    // What was found stands in the message, which is all that is left of a failure elsewhere.
    chaiConfig: { truncateThreshold: 2000 },
    include: ['test/slow/*.test.ts', '**/*.long.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/build/**', '.setup/**'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
