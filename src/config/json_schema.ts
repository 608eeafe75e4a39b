import { z } from 'zod'
import { loosened, withExpansion } from './json_schema_loose.ts'
import type { JsonSchema } from './json_schema_loose.ts'
import { pipelineKinds } from './pipelines.ts'
import { componentKinds, sectionOf } from './registry.ts'
import type { ComponentKind, RegisteredType, Registry } from './registry.ts'
import { limitsConfig, telemetryConfig } from './service.ts'

/**
 * The JSON Schema (draft 7, which all editors know) of a whole configuration with every component of
 * the registry. Nothing at the top is required: a file may be one of several that are merged.
 */
export function configJsonSchema(registry: Registry): JsonSchema {
  const kinds = componentKinds.map((kind) => [kind, typesOf(kind, registry)] as const)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of Waggle',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(kinds.map(([kind, types]) => [sectionOf(kind), section(kind, types)])),
      service: service(registry),
    },
    definitions: Object.fromEntries(
      kinds.flatMap(([kind, types]) => types.map((one) => [nameOf(kind, one), optionsOf(one)])),
    ),
  }
}

function typesOf(kind: ComponentKind, registry: Registry): RegisteredType[] {
  return registry.types(kind).map((type) => registry.lookup(kind, type)!)
}

function nameOf(kind: ComponentKind, { type }: RegisteredType): string {
  return `${kind}.${type}`
}

function optionsOf({ schema, summary }: RegisteredType): JsonSchema {
  return { ...schemaOf(schema), ...(summary !== undefined && { description: summary }) }
}

function schemaOf(schema: z.ZodType): JsonSchema {
  // What only code can check is left to `waggle validate`.
  const { $schema: _, ...plain } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  }) as JsonSchema
  return loosened(plain)
}

// `properties` is what editors offer for completion; the patterns take the named ones.
function section(kind: ComponentKind, types: readonly RegisteredType[]): JsonSchema {
  const refs = types.flatMap((one) => {
    const ref = { $ref: `#/definitions/${nameOf(kind, one)}` }
    const older = (one.aliases ?? []).map(
      (alias) => [alias, { ...oldName(one), allOf: [ref] }] as const,
    )
    return [[one.type, ref] as const, ...older]
  })
  return {
    type: ['object', 'null'],
    description: sectionTexts[kind],
    properties: Object.fromEntries(refs),
    patternProperties: Object.fromEntries(refs.map(([name, ref]) => [`^${name}/.+$`, ref])),
    additionalProperties: false,
  }
}

function oldName({ type }: RegisteredType): JsonSchema {
  return { deprecated: true, deprecationMessage: `The old name of ${type}.` }
}

const sectionTexts: Readonly<Record<ComponentKind, string>> = {
  receiver: 'Where data comes from, by type or type/name.',
  processor: 'What happens to data on its way, by type or type/name.',
  exporter: 'Where data goes, by type or type/name.',
  connector: 'What joins pipelines: the exporter of some, the receiver of others.',
  extension: 'What runs beside the pipelines.',
}

function service(registry: Registry): JsonSchema {
  const kinds = pipelineKinds.join('|')
  return {
    type: ['object', 'null'],
    description: 'What of the above runs, and how.',
    additionalProperties: false,
    properties: {
      extensions: idList('Extensions to start, in order.', ['extension'], registry),
      pipelines: {
        type: ['object', 'null'],
        description: 'Pipelines by what they carry: traces, metrics or logs, with /name behind it.',
        properties: Object.fromEntries(pipelineKinds.map((kind) => [kind, pipeline(registry)])),
        patternProperties: { [`^(${kinds})/.+$`]: pipeline(registry) },
        additionalProperties: false,
      },
      telemetry: schemaOf(telemetryConfig),
      limits: schemaOf(limitsConfig),
    },
  }
}

function pipeline(registry: Registry): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      receivers: idList('Receivers and connectors.', ['receiver', 'connector'], registry),
      processors: idList('Processors, in the order of the data.', ['processor'], registry),
      exporters: idList('Exporters and connectors.', ['exporter', 'connector'], registry),
    },
  }
}

function idList(
  description: string,
  kinds: readonly ComponentKind[],
  registry: Registry,
): JsonSchema {
  const types = kinds.flatMap((kind) => typesOf(kind, registry))
  const names = [...new Set(types.flatMap(({ type, aliases = [] }) => [type, ...aliases]))]
  const named = { type: 'string', pattern: `^(${names.join('|')})/.+$` }
  const id = names.length === 0 ? { type: 'string' } : { anyOf: [{ enum: names }, named] }
  return withExpansion({ type: ['array', 'null'], description, items: withExpansion(id) })
}
