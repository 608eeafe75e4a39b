import { z } from 'zod'
import { glob } from './selection_glob.ts'

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

/** Rules about containers; what one names must all be so. */
export const containerRules = z.array(rule).default([])
