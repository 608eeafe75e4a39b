import { z } from 'zod'
import type { Kind } from '../pdata/batch.ts'
import { attributeValue } from './attribute_value_config.ts'
import { patternFault } from './linear_regexp.ts'

const texts = z.array(z.string()).min(1).optional()

const attributes = z
  .array(
    z.strictObject({
      key: z.string().min(1).describe('Name of the attribute.'),
      value: attributeValue
        .optional()
        .describe('Its value, or with `regexp` a pattern for it. Unset: any value.'),
    }),
  )
  .min(1)
  .optional()

const SPAN_KINDS = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (kind) => `SPAN_KIND_${kind}`,
)

const fields = z.strictObject({
  match_type: z
    .enum(['strict', 'regexp'])
    .describe('Whether texts are whole texts, or regular expressions that match anywhere in one.'),
  services: texts.describe('For spans: `service.name` of the resource is one of them.'),
  span_names: texts.describe('For spans: the name is one of them.'),
  span_kinds: texts.describe('For spans: the kind is one of them, as in `SPAN_KIND_SERVER`.'),
  log_bodies: texts.describe('For log records: the body is a text and one of them.'),
  log_severity_texts: texts.describe('For log records: the level is one of them.'),
  log_severity_number: z
    .strictObject({
      min: z.int().min(0).max(24).default(0).describe('The lowest level that matches.'),
      match_undefined: z.boolean().default(false).describe('Whether a record without one matches.'),
    })
    .optional()
    .describe('For log records: how high the level is.'),
  metric_names: texts.describe('For metrics: the name is one of them.'),
  attributes: attributes.describe('For spans and log records: they have all of these attributes.'),
  resources: attributes.describe('The resource has all of these attributes.'),
  libraries: z
    .array(
      z.strictObject({
        name: z.string().describe('Name of the instrumentation scope.'),
        version: z.string().optional().describe('Its version. Unset: any.'),
      }),
    )
    .min(1)
    .optional()
    .describe('For spans and log records: the instrumentation scope is one of them.'),
})

/** `include` or `exclude`, checked and with defaults. All of what is set has to match. */
export type ItemMatchConfig = z.output<typeof fields>

type Property = Exclude<keyof ItemMatchConfig, 'match_type'>

/** What can be asked of the items of each signal. */
const PROPERTIES: Readonly<Record<Exclude<Kind, 'observations'>, readonly Property[]>> = {
  traces: ['services', 'span_names', 'span_kinds', 'attributes', 'resources', 'libraries'],
  logs: [
    'log_bodies',
    'log_severity_texts',
    'log_severity_number',
    'attributes',
    'resources',
    'libraries',
  ],
  metrics: ['metric_names', 'resources'],
}

/** `include` and `exclude`: the Collector's keys and rules. */
export const itemMatch = fields
  .check((check) => {
    for (const { path, message } of faultsIn(check.value)) {
      check.issues.push({ code: 'custom', input: check.value, path, message })
    }
  })
  .optional()

interface Fault {
  readonly path: (string | number)[]
  readonly message: string
}

function faultsIn(config: ItemMatchConfig): Fault[] {
  const { match_type, span_kinds = [] } = config
  const signals = Object.keys(PROPERTIES) as (keyof typeof PROPERTIES)[]
  if (signals.every((kind) => faultFor(kind, config) !== undefined)) {
    return [{ path: ['match_type'], message: mixed(config) }]
  }
  if (match_type === 'regexp') return patternFaults(config)
  return span_kinds.flatMap((kind, i) => {
    if (SPAN_KINDS.includes(kind)) return []
    const message = `expected one of ${SPAN_KINDS.join(', ')}, received "${kind}"`
    return [{ path: ['span_kinds', i], message }]
  })
}

function mixed(config: ItemMatchConfig): string {
  const set = propertiesOf(config)
  if (set.length === 0) return 'expected something to match beside "match_type"'
  return `expected properties of one signal, received ${set.map((key) => `"${key}"`).join(', ')}`
}

function propertiesOf(config: ItemMatchConfig): Property[] {
  const keys = Object.keys(config) as (keyof ItemMatchConfig)[]
  return keys.filter((key) => key !== 'match_type' && config[key] !== undefined) as Property[]
}

/** Why the items of this signal cannot be matched so; undefined where they can. */
export function faultFor(
  kind: Exclude<Kind, 'observations'>,
  config: ItemMatchConfig,
): string | undefined {
  const set = propertiesOf(config)
  const strange = set.filter((key) => !PROPERTIES[kind].includes(key))
  if (set.length > 0 && strange.length === 0) return undefined
  const known = PROPERTIES[kind].map((key) => `"${key}"`).join(', ')
  return `expected properties of ${kind} (${known}), received "${strange.join('", "')}"`
}

/** The options that hold patterns with `match_type: regexp`, each with its place. */
function patternFaults(config: ItemMatchConfig): Fault[] {
  const { services, span_names, span_kinds, log_bodies, log_severity_texts, metric_names } = config
  const lists = { services, span_names, span_kinds, log_bodies, log_severity_texts, metric_names }
  const found = Object.entries(lists).flatMap(([key, patterns = []]) =>
    patterns.map((pattern, i): Place => [[key, i], pattern]),
  )
  const places = [...found, ...attributePlaces(config), ...libraryPlaces(config)]
  return places.flatMap(([path, pattern]) => {
    if (typeof pattern !== 'string') {
      return [{ path, message: 'expected a text, as "match_type" is "regexp"' }]
    }
    const message = patternFault(pattern)
    return message === undefined ? [] : [{ path, message }]
  })
}

type Place = [path: (string | number)[], pattern: unknown]

function attributePlaces(config: ItemMatchConfig): Place[] {
  return (['attributes', 'resources'] as const).flatMap((key) =>
    (config[key] ?? []).flatMap(({ value }, i): Place[] =>
      value === undefined ? [] : [[[key, i, 'value'], value]],
    ),
  )
}

function libraryPlaces({ libraries = [] }: ItemMatchConfig): Place[] {
  return libraries.flatMap(({ name, version }, i): Place[] => {
    const place: Place = [['libraries', i, 'name'], name]
    return version === undefined ? [place] : [place, [['libraries', i, 'version'], version]]
  })
}
