import { defineConfig } from 'vitest/config'
import { everyTest, reporters } from './test/results.ts'

/**
 * Suites that take minutes: `.ci/run` runs each by itself after `npm run check`, and as one more the
 * tests beside the code and in test/e2e that wait longer than most (`*.long.test.ts`).
 */
export default defineConfig({
  test: {
    ...everyTest,
    reporters: reporters(),
    include: ['test/slow/*.test.ts', '**/*.long.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/build/**', '.setup/**'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
