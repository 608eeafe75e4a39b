import { defineConfig } from 'vitest/config'
import { reporters } from './test/results.ts'

/** Suites that take minutes: `.ci/run` runs each by itself after `npm run check`. */
export default defineConfig({
  test: {
    reporters: reporters(),
    include: ['test/slow/*.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
