import type { z } from 'zod'
import { Refusal } from './refusal.ts'
import { ROUTES, type Route } from './routes.ts'

/** A route that a path leads to, and what stands in the path. */
export interface Match {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** The longest name that Kubernetes gives, and more than the longest uid. */
const LONGEST_NAME = 253

/** Routes whose path has the fewest parameters go first: `/pods/{uid}/timeline`. */
const BY_PARAMETERS = ROUTES.toSorted((a, b) => parametersIn(a.path) - parametersIn(b.path))

/** The route of a path below `/api/v1`; undefined where there is none. Throws `Refusal` for a name that cannot be. */
export function match(path: string): Match | undefined {
  const parts = path.split('/')
  for (const route of BY_PARAMETERS) {
    const params = paramsOf(route.path.split('/'), parts)
    if (params) return { route, params }
  }
  return undefined
}

/** The query of a request as a route reads it. Throws `Refusal` with what is wrong. */
export function queryOf(schema: z.ZodObject, query: URLSearchParams): Record<string, unknown> {
  const repeated = [...query.keys()].find((key) => query.getAll(key).length > 1)
  if (repeated !== undefined) throw new Refusal(400, `${quoted(repeated)} is given more than once.`)
  const { data, error } = schema.safeParse(Object.fromEntries(query))
  if (data) return data
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape).join(', ')
    const list = known === '' ? 'there are none here' : `there are ${known}`
    throw new Refusal(400, `Unknown parameter ${quoted(issue.keys[0] ?? '')}: ${list}.`)
  }
  throw new Refusal(400, `${quoted(String(issue?.path[0]))}: ${issue?.message}.`)
}

function paramsOf(
  template: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  if (template.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, wanted] of template.entries()) {
    const [, name] = /^\{(\w+)\}$/.exec(wanted) ?? []
    const part = parts[i] as string
    if (name === undefined && wanted !== part) return undefined
    if (name !== undefined && part === '') return undefined
    if (name !== undefined) params[name] = decoded(part)
  }
  return params
}

/** A part of a path as a name. Throws `Refusal` for one that cannot be. */
export function decoded(part: string): string {
  try {
    const name = decodeURIComponent(part)
    if (name.length <= LONGEST_NAME) return name
  } catch {
    // Said below.
  }
  throw new Refusal(400, 'The path has a part that is no name.')
}

function parametersIn(path: string): number {
  return path.split('{').length
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, LONGEST_NAME))
}
