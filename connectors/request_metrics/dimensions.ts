import type { Attributes } from '../../src/pdata/attributes.ts'

/** Attributes that the conventions have in every data point, or recommend. */
const STANDARD = [
  'http.request.method',
  'http.response.status_code',
  'error.type',
  'network.protocol.version',
  'http.route',
] as const

/** Attributes that one of the two sides has only when asked for. */
export const OPT_IN = ['url.scheme', 'server.address', 'server.port', 'url.template'] as const

/** All attributes of the metrics. */
export const DIMENSIONS = [...STANDARD, ...OPT_IN] as const
/** Name of an attribute of the metrics. */
export type Dimension = (typeof DIMENSIONS)[number]

/** Which attributes the metrics of one side have. */
export interface Dimensions {
  readonly method: boolean
  readonly status: boolean
  readonly error: boolean
  readonly version: boolean
  readonly scheme: boolean
  readonly address: boolean
  readonly port: boolean
  /** `http.route` at the server, `url.template` at the client. */
  readonly route: boolean
}

/** What the two sides have by the stable conventions, unless configured otherwise. */
const DEFAULTS: Record<'server' | 'client', readonly Dimension[]> = {
  server: [...STANDARD, 'url.scheme'],
  client: [...STANDARD.filter((name) => name !== 'http.route'), 'server.address', 'server.port'],
}

/** Attributes that a side never has. */
const NEVER: Record<'server' | 'client', Dimension> = {
  server: 'url.template',
  client: 'http.route',
}

/** What the two sides have where requests in flight are counted: all that is known before an answer. */
const ACTIVE: Record<'server' | 'client', readonly Dimension[]> = {
  server: ['http.request.method', 'url.scheme'],
  client: ['http.request.method', 'url.scheme', 'server.address', 'server.port'],
}
const ACTIVE_OPT_IN: readonly Dimension[] = ['server.address', 'server.port']

/** The attributes of the requests in flight of one side; `added` and `excluded` as for the others. */
export function activeDimensionsOf(
  side: 'server' | 'client',
  added: readonly Dimension[],
  excluded: readonly Dimension[],
): Dimensions {
  const names = new Set([...ACTIVE[side], ...added.filter((name) => ACTIVE_OPT_IN.includes(name))])
  for (const name of excluded) names.delete(name)
  return toDimensions(names)
}

/** The attributes of one side: the conventions' own, and `added`, without `excluded`. */
export function dimensionsOf(
  side: 'server' | 'client',
  added: readonly Dimension[],
  excluded: readonly Dimension[],
): Dimensions {
  const names = new Set([...DEFAULTS[side], ...added])
  for (const name of [...excluded, NEVER[side]]) names.delete(name)
  return toDimensions(names)
}

function toDimensions(names: ReadonlySet<Dimension>): Dimensions {
  return {
    method: names.has('http.request.method'),
    status: names.has('http.response.status_code'),
    error: names.has('error.type'),
    version: names.has('network.protocol.version'),
    scheme: names.has('url.scheme'),
    address: names.has('server.address'),
    port: names.has('server.port'),
    route: names.has('http.route') || names.has('url.template'),
  }
}

/** The values of a series' attributes; empty or zero where it does not have one. */
export interface Values {
  readonly client: boolean
  readonly method: string
  readonly status: number
  readonly error: string
  readonly version: string
  readonly scheme: string
  readonly address: string
  readonly port: number
  readonly route: string
}

/** The same as attributes. */
export function attributesOf(values: Values): Attributes {
  const routeKey = values.client ? 'url.template' : 'http.route'
  return {
    ...(values.method && { 'http.request.method': values.method }),
    ...(values.scheme && { 'url.scheme': values.scheme }),
    ...(values.status && { 'http.response.status_code': values.status }),
    ...(values.error && { 'error.type': values.error }),
    ...(values.route && { [routeKey]: values.route }),
    ...(values.version && { 'network.protocol.version': values.version }),
    ...(values.address && { 'server.address': values.address }),
    ...(values.port && { 'server.port': values.port }),
  }
}
