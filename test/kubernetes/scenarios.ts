import type { Scenario } from './scenario.ts'
import { deletions } from './scenarios/deletions.ts'
import { denials } from './scenarios/denials.ts'
import { images } from './scenarios/images.ts'
import { restarts } from './scenarios/restarts.ts'
import { rollouts } from './scenarios/rollouts.ts'
import { scheduling } from './scenarios/scheduling.ts'
import { starts } from './scenarios/starts.ts'
import { volumes } from './scenarios/volumes.ts'

/** All that is recorded, each in a namespace of its own. */
export const scenarios: readonly Scenario[] = [
  ...rollouts,
  ...images,
  ...restarts,
  ...starts,
  ...volumes,
  ...scheduling,
  ...denials,
  ...deletions,
]
