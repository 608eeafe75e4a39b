import { afterAll, beforeAll, vi } from 'vitest'
import { joinOwnCgroup } from './cgroups.ts'
import { endAll } from './cleanup.ts'
import { runsAgent } from './gates.ts'

// The one file of the kit that needs vitest; benchmarks and hand trials use the others without it.

export { eventually } from './eventually.ts'
export { cgroup2Root, isRoot, kernelAtLeast, kernelHas, runsAgent } from './gates.ts'
export type { KernelFeature } from './gates.ts'
export { tempDir } from './temp_dir.ts'

/**
 * Ends after the tests of a file what they started and made with the kit; call it once per file.
 * Real programs take their time, and the first run downloads them: tests may take two minutes. With
 * `alone`, the tests run in a cgroup of their own, and agents see nothing else of the machine.
 */
export function cleansUp({ alone = false } = {}): void {
  vi.setConfig({ testTimeout: 120_000 })
  if (alone && runsAgent()) beforeAll(joinOwnCgroup)
  afterAll(endAll, 60_000)
}
