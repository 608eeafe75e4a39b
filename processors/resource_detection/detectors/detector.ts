import type { Attributes } from '../../../src/pdata/attributes.ts'
import type { ResourceDetectionConfig } from '../config.ts'
import type { Surroundings } from '../surroundings.ts'

/**
 * Finds out something about where the agent runs. It gives nothing where it runs somewhere else, and
 * rejects where that could not be found out. `signal` ends its requests.
 */
export type Detector = (
  around: Surroundings,
  signal: AbortSignal,
  config: ResourceDetectionConfig,
) => Promise<Attributes>

/** Attributes without those that nobody told. */
export function told(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== '' && value !== null),
  )
}

/** True in a pod of Kubernetes. */
export function inKubernetes({ env }: Surroundings): boolean {
  return (env['KUBERNETES_SERVICE_HOST'] ?? '') !== ''
}
