import { type Explicit, mergedExplicit } from './explicit.ts'
import { type Exponential, mergedExponential, withBounds } from './exponential.ts'

/** Values counted in buckets. */
export type Distribution = Explicit | Exponential

/** Both together; where one has fixed bounds, by those that both have. */
export function merged(a: Distribution, b: Distribution): Distribution {
  if (a.kind === 'exponential' && b.kind === 'exponential') return mergedExponential(a, b)
  return mergedExplicit(asExplicit(a), asExplicit(b))
}

/** A distribution by fixed bounds, as Prometheus shows it. */
export function asExplicit(from: Distribution): Explicit {
  return from.kind === 'explicit' ? from : withBounds(from)
}
