import type { ViteUserConfig } from 'vitest/config'

type Reporters = NonNullable<NonNullable<ViteUserConfig['test']>['reporters']>

/**
 * Vitest's reporters: lines for people, and where TEST_RESULTS names a file, the results as JSON
 * for whoever counts them.
 */
export function reporters(outputFile = process.env['TEST_RESULTS']): Reporters {
  return outputFile ? ['default', ['json', { outputFile }]] : ['default']
}
