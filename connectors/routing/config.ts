import { z } from 'zod'
import { parseId, pipelineKinds } from '../../src/config/index.ts'
import { errorMode } from '../../src/ottl/index.ts'
import { reportFaults } from './check.ts'

/** What a route may look at. */
export const ROUTE_CONTEXTS = ['resource', 'span', 'metric', 'datapoint', 'log', 'request'] as const
/** One of the things that a route may look at. */
export type RouteContext = (typeof ROUTE_CONTEXTS)[number]

const pipelines = z.array(
  z.string().superRefine((text, context) => {
    const parsed = parseId(text)
    const isKnown = parsed.ok && pipelineKinds.some((kind) => kind === parsed.id.type)
    if (isKnown) return
    const message = parsed.ok ? 'expected a pipeline: traces, metrics or logs' : parsed.message
    context.addIssue({ code: 'custom', message })
  }),
)

const route = z.strictObject({
  context: z.enum(ROUTE_CONTEXTS).default('resource').describe('What the condition looks at.'),
  condition: z
    .string()
    .optional()
    .describe(
      'What the data are routed by, in OTTL; in context `request`: `request["name"] == "value"`, or with `!=`.',
    ),
  statement: z
    .string()
    .optional()
    .describe('The older form of `condition`: `route() where` and the condition.'),
  action: z
    .enum(['move', 'copy'])
    .default('move')
    .describe('Whether what matches is done with, or also looked at by the routes that follow.'),
  pipelines: pipelines.min(1).describe('Where it goes.'),
})
/** One route, checked. */
export type RouteConfig = z.output<typeof route>

/** `connectors.routing`, with the Collector's keys. */
export const routingConfig = z
  .strictObject({
    default_pipelines: pipelines
      .default([])
      .describe('Where that goes which no route has moved. Empty: it is dropped.'),
    error_mode: errorMode
      .default('propagate')
      .describe('What happens when a condition fails with the data that it got.'),
    table: z.array(route).min(1).describe('The routes, in the order in which they are asked.'),
  })
  .superRefine(reportFaults)

/** `connectors.routing`, checked and with defaults. */
export type RoutingConfig = z.output<typeof routingConfig>
