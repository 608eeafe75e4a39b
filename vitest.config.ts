import { defineConfig } from 'vitest/config'
import { everyTest, reporters } from './test/results.ts'

/** Tests that load programs into the kernel or measure what it saw: one file at a time. */
const kernel = [
  'bpf/**/*.test.ts',
  'receivers/ebpf_*/**/*.test.ts',
  'src/kernel/**/*.test.ts',
  'test/e2e/**/*.test.ts',
]
const never = [
  '**/node_modules/**',
  '**/dist/**',
  '**/build/**',
  '.setup/**',
  'scripts/templates/**',
  'test/slow/**',
  '**/*.long.test.ts',
]

/** What `npm test` runs, in ten minutes at most. What takes longer is in vitest.slow.config.ts. */
export default defineConfig({
  test: {
    reporters: reporters(),
    projects: [
      {
        test: {
          ...everyTest,
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...never, ...kernel],
          sequence: { groupOrder: 0 },
          // Far more than any needs: a busy machine is no failure, a test that hangs is.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...everyTest,
          name: 'kernel',
          include: kernel,
          exclude: never,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
