import { z } from 'zod'
import { glob } from './selection_glob.ts'
import { ports } from './selection_ports.ts'

/** One rule of `select` or `exclude`: what it names must all be so. */
export const selectionRule = z
  .strictObject({
    executable: glob()
      .optional()
      .describe('Path of the executable, or its name where the pattern has no slash.'),
    port: ports()
      .optional()
      .describe("The server's port: of the socket at a server, of its peer at a client."),
    cgroup: glob()
      .optional()
      .describe("Path of the process's cgroup below the hierarchy's root, or one that it lies in."),
    unit: glob().optional().describe('systemd unit, `nginx.service`.'),
    container: glob()
      .optional()
      .describe('Id or name of the container; in Kubernetes the name in the pod.'),
    service: glob().optional().describe('`service.name`, as this host gives it.'),
  })
  .refine((rule) => Object.values(rule).some((value) => value !== undefined), {
    error: 'a rule needs at least one of executable, port, cgroup, unit, container and service',
    when: ({ issues }) => issues.length === 0,
  })
/** One rule, parsed. */
export type SelectionRule = z.output<typeof selectionRule>

/** `select`: what is observed. */
export const selectRules = z
  .array(selectionRule)
  .default([])
  .describe('Observe only what one of these rules matches. Empty: everything.')

/** `exclude`: what is not. */
export const excludeRules = z
  .array(selectionRule)
  .default([])
  .describe('Leave out what one of these rules matches, also where `select` takes it.')
