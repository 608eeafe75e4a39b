import { z } from 'zod'
import { ROUTES, type Route } from './routes.ts'
import { SCHEMAS, type SchemaName } from './schemas.ts'

/** Where the API begins. */
export const API = '/api/v1'

type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document, made of the schemas with which requests are read and answers are typed. */
export function openApiDocument(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pod delivery',
      version,
      description:
        'How long each stage of bringing up or taking down a pod took, whose time it was, whether the promise was kept, and if not, why.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: API }],
    // One of them, or none: that is the configuration's choice.
    security: [{}, { bearer: [] }, { basic: [] }],
    paths: Object.fromEntries(ROUTES.map((route) => [route.path, { get: operationOf(route) }])),
    components: {
      schemas: componentSchemas(),
      responses: {
        Problem: { description: 'Why there is no answer.', content: contentOf('Problem') },
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic' },
      },
    },
  }
}

function operationOf({ path, operation, summary, query, answer }: Route): Json {
  return {
    operationId: operation,
    summary,
    parameters: [...pathParameters(path), ...queryParameters(query), LANGUAGE],
    responses: {
      200: {
        description: summary,
        headers: { 'Content-Language': { schema: { enum: ['en', 'zh'] } } },
        content: contentOf(answer),
      },
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

const LANGUAGE: Json = {
  name: 'Accept-Language',
  in: 'header',
  description: '`en` or `zh`: the language of sentences and actions.',
  schema: { type: 'string', default: 'en' },
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } }
  })
}

function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'output' })
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = schema as Json
    return { name, in: 'query', description, schema: rest }
  })
}

function contentOf(name: SchemaName): Json {
  return { 'application/json': { schema: { $ref: refOf(name) } } }
}

function componentSchemas(): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { uri: refOf, io: 'output' })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, one]) => [id, withoutNames(one as Json)]),
  )
}

function refOf(id: string): string {
  return `#/components/schemas/${id}`
}

/** A component is found by its place in the document. */
function withoutNames({ $id: _id, $schema: _schema, ...schema }: Json): Json {
  return schema
}
