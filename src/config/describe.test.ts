import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeSchema } from './describe.ts'
import { duration } from './duration.ts'
import { endpoint } from './endpoint.ts'
import { batch, otlpExporter } from './testdata/registry.ts'

it('lists the options of a schema in order', () => {
  expect(describeSchema(otlpExporter)).toEqual([
    { name: 'endpoint', type: 'endpoint', required: true, description: 'Where to.' },
    {
      name: 'headers',
      type: 'map of secret',
      required: false,
      default: '{}',
      description: 'Sent with each request.',
    },
    {
      name: 'compression',
      type: '"gzip" or "none"',
      required: false,
      default: 'gzip',
      description: 'How to shrink.',
    },
    { name: 'tls', type: 'map', required: false, description: '' },
    {
      name: 'tls.insecure',
      type: 'boolean',
      required: false,
      default: 'false',
      description: 'Plain text.',
    },
    { name: 'tenant', type: 'string', required: false, description: 'A name.' },
    {
      name: 'ports',
      type: 'list of port',
      required: false,
      default: '[]',
      description: 'A few ports.',
    },
    {
      name: 'to',
      type: 'string or list of string',
      required: false,
      description: 'One or several.',
    },
  ])
})

it('sees through checks on the whole', () => {
  expect(
    describeSchema(batch).map(({ name, type, default: value }) => [name, type, value]),
  ).toEqual([
    ['timeout', 'duration', '200ms'],
    ['send_batch_size', 'integer', '8192'],
    ['send_batch_max_size', 'integer', '0'],
  ])
})

it('names what is inside lists, maps of free keys and variants', () => {
  const schema = z.strictObject({
    targets: z.array(z.strictObject({ at: endpoint() })).min(1),
    groups: z.record(z.string(), z.strictObject({ size: z.number() })),
    policy: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('all') }),
      z.strictObject({ kind: z.literal('some'), share: z.number().nullable() }),
    ]),
  })
  expect(describeSchema(schema).map(({ name, type }) => `${name}: ${type}`)).toEqual([
    'targets: list of map',
    'targets[].at: endpoint',
    'groups: map of map',
    'groups.<key>.size: number',
    'policy: map',
    'policy.kind: "all"',
    'policy.kind: "some"',
    'policy.share: number',
  ])
})

it('shows a default given after parsing as it is written', () => {
  const schema = z.strictObject({ wait: duration().default(90_000).describe('A while.') })
  expect(describeSchema(schema)).toEqual([
    { name: 'wait', type: 'duration', required: false, default: '1m30s', description: 'A while.' },
  ])
})

it('finds the description on any of the wrappers', () => {
  const schema = z.strictObject({
    a: z.string().describe('Inside.').optional(),
    b: z.string().optional().describe('Outside.'),
    c: z.preprocess((value) => value, z.number().describe('Behind.')),
  })
  expect(describeSchema(schema).map(({ description }) => description)).toEqual([
    'Inside.',
    'Outside.',
    'Behind.',
  ])
})
