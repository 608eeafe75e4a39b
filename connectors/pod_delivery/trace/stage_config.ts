import { z } from 'zod'
import { patternFault } from '../../../src/helpers/linear_regexp.ts'

const pattern = z.string().superRefine((text, context) => {
  const fault = patternFault(text)
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
})

const eventName = z.string().min(1)

const named = z.union([
  eventName,
  z.strictObject({
    name: eventName.describe('Its name, in which `*` stands for anything.'),
    message: pattern.describe('What its message has to match, too (RE2).'),
  }),
])

const startNames = z.array(z.union([named, z.array(named).min(1)])).min(1)

/** What stages are told apart by. */
export const PER = ['container', 'image', 'volume', 'gate', 'finalizer'] as const

/** What creations begin and end with. */
export const lifeConfig = z
  .strictObject({
    start: z
      .array(named)
      .min(1)
      .default(['pod:create:received', 'pod:create:success'])
      .describe('Events with which a creation begins: the earliest of them.'),
    ready: z
      .array(named)
      .min(1)
      .default(['condition:Ready:true'])
      .describe(
        'Events with which it ends well, for pods with `restartPolicy: Always`; others end when their containers have.',
      ),
  })
  .prefault({})
  .describe('What the trace of a creation begins and ends with.')

/** One stage, of the defaults or of the configuration. */
export const stageConfig = z.strictObject({
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, { error: 'expected a name in snake_case' })
    .describe('What it is called. The type of a default stage replaces that one.'),
  kinds: z
    .array(z.enum(['create', 'delete', 'restart']))
    .min(1)
    .default(['create'])
    .describe('Of which deliveries it is a part.'),
  path: z
    .enum(['any', 'service', 'job'])
    .default('any')
    .describe('Of which pods: `service` is restarted for ever, `job` ends.'),
  owner: z.enum(['platform', 'user']).describe('Whose time it is.'),
  component: z.string().min(1).describe('The program at work: `service.name` of its span.'),
  start: startNames.describe(
    'Events that begin it: where several happened, the latest of them, each by its first time. Of a list within the list the first that happened counts.',
  ),
  end: z.array(named).min(1).describe('Events that end it: the earliest after its beginning.'),
  errors: z.array(named).default([]).describe('Events that are its errors.'),
  per: z.enum(PER).optional().describe('One stage for each of these that its events name.'),
  roles: z
    .array(z.enum(['init', 'sidecar', 'main', 'ephemeral']))
    .optional()
    .describe('Only for containers of these roles.'),
  having: z
    .enum(['post_start', 'startup', 'readiness', 'liveness'])
    .optional()
    .describe('Only for containers that have this hook or probe.'),
  duration_from: pattern
    .optional()
    .describe(
      'What in the message of its end is its duration (first group, as Go writes it), for where its beginning was not seen; a second group is the duration with waiting.',
    ),
  after: z
    .string()
    .optional()
    .describe('The type of the stage that has to end before it begins, where there is one.'),
  inside: z.string().optional().describe('The type of the stage that it is a part of.'),
})

/** One stage, checked and with defaults. */
export type StageConfig = z.output<typeof stageConfig>
/** One stage, as it is written. */
export type StageInput = z.input<typeof stageConfig>
/** A name of an event, with what its message has to be. */
export type NamedEvent = StageConfig['end'][number]
