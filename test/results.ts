import type { ViteUserConfig } from 'vitest/config'

type Reporters = NonNullable<NonNullable<ViteUserConfig['test']>['reporters']>

/** Whether results are counted by others, who also tell what needed a second attempt. */
const isCounted = process.env['TEST_RESULTS'] !== undefined

/** What holds for all tests, however they are run. */
export const everyTest = {
  // What was found stands in the message, which is all that is left of a failure elsewhere.
  chaiConfig: { truncateThreshold: 2000 },
  // Tests of a kernel and of time also fail by what else a shared machine does; never here unseen.
  retry: isCounted ? 1 : 0,
} as const

/**
 * Vitest's reporters: lines for people, and where TEST_RESULTS names a file, the results as JSON
 * for whoever counts them.
 */
export function reporters(outputFile = process.env['TEST_RESULTS']): Reporters {
  return outputFile ? ['default', ['json', { outputFile }]] : ['default']
}
