import { afterAll, vi } from 'vitest'
import { endAll } from './cleanup.ts'

// The one file of the kit that needs vitest; benchmarks and hand trials use the others without it.

export { eventually } from './eventually.ts'
export { cgroup2Root, isRoot, kernelAtLeast, kernelHas, runsAgent } from './gates.ts'
export type { KernelFeature } from './gates.ts'
export { tempDir } from './temp_dir.ts'

/**
 * Ends after the tests of a file what they started and made with the kit; call it once per file.
 * Real programs take their time, and the first run downloads them: tests may take two minutes.
 */
export function cleansUp(): void {
  vi.setConfig({ testTimeout: 120_000 })
  afterAll(endAll, 60_000)
}
