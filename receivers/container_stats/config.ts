import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import { containerRules } from '../../src/helpers/container_rules.ts'
import { metricSwitches } from '../../src/helpers/metric_table.ts'
import { TABLE } from './metrics.ts'

/** Configuration of `container_stats`. */
export const containerStatsConfig = z.strictObject({
  collection_interval: duration({ min: '100ms' })
    .prefault('10s')
    .describe('Time from one scrape to the next.'),
  initial_delay: duration().prefault('1s').describe('Time until the first scrape.'),
  select: containerRules.describe(
    'Tell only of what one of these rules matches. Empty: of everything.',
  ),
  exclude: containerRules.describe(
    'Leave out what one of these rules matches, also where `select` takes it.',
  ),
  units: z.boolean().default(false).describe('Tell of systemd services too, under the same names.'),
  metrics: metricSwitches(TABLE),
})

/** Configuration of `container_stats`, parsed. */
export type ContainerStatsConfig = z.output<typeof containerStatsConfig>
