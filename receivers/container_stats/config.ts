import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import { metricSwitches } from '../../src/helpers/metric_table.ts'
import { glob } from '../../src/helpers/selection_glob.ts'
import { TABLE } from './metrics.ts'

/** The part of a rule of `ebpf_http` that is about more than one process. */
const rule = z
  .strictObject({
    container: glob()
      .optional()
      .describe('Id or name of the container; in Kubernetes the name in the pod.'),
    cgroup: glob()
      .optional()
      .describe("Path of the cgroup below the hierarchy's root, or one that it lies in."),
    unit: glob().optional().describe('systemd unit, `nginx.service`.'),
    service: glob().optional().describe('`service.name`, as this host gives it.'),
  })
  .refine((one) => Object.values(one).some((value) => value !== undefined), {
    error: 'a rule needs at least one of container, cgroup, unit and service',
    when: ({ issues }) => issues.length === 0,
  })

/** Configuration of `container_stats`. */
export const containerStatsConfig = z.strictObject({
  collection_interval: duration({ min: '100ms' })
    .prefault('10s')
    .describe('Time from one scrape to the next.'),
  initial_delay: duration().prefault('1s').describe('Time until the first scrape.'),
  select: z
    .array(rule)
    .default([])
    .describe('Tell only of what one of these rules matches. Empty: of everything.'),
  exclude: z
    .array(rule)
    .default([])
    .describe('Leave out what one of these rules matches, also where `select` takes it.'),
  units: z.boolean().default(false).describe('Tell of systemd services too, under the same names.'),
  metrics: metricSwitches(TABLE),
})

/** Configuration of `container_stats`, parsed. */
export type ContainerStatsConfig = z.output<typeof containerStatsConfig>
