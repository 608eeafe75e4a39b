import { eventOfLogEntry, type Json } from './gke.ts'

/** How an event was wrapped. `json_log` is a line of a container's log, as fluent-bit and Docker write it. */
export const FORMATS = ['plain', 'list', 'cri', 'json_log', 'aks', 'eks', 'gke'] as const
/** One of the forms. */
export type Format = (typeof FORMATS)[number]

/** What was in a wrapping: JSON that is to be looked at as a line of its own is. */
export interface Wrapped {
  readonly format: Format
  readonly text: string
}

/** What an object holds; empty where it holds nothing that can be known. */
export function unwrap(value: unknown): readonly Wrapped[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => again('json_log', one))
  if (typeof value !== 'object' || value === null) return []
  const object = value as Json
  if (Array.isArray(object['records'])) return object['records'].flatMap((one) => again('aks', one))
  if (object['kind'] === 'EventList' && Array.isArray(object['items'])) {
    return object['items'].flatMap((one) => again('list', one))
  }
  if ('category' in object && 'properties' in object) return ofAzure(object)
  if (Array.isArray(object['logEvents'])) return ofCloudWatch(object)
  if ('protoPayload' in object) return ofGoogle(object)
  for (const key of ['log', 'message', '@message']) {
    if (key in object) return again('json_log', object[key])
  }
  return []
}

/** Azure Monitor resource logs: `properties.log` is the line of the API server's log. */
function ofAzure({ category, properties }: Json): readonly Wrapped[] {
  if (!String(category).startsWith('kube-audit')) return []
  const inner = typeof properties === 'string' ? parsed(properties) : properties
  if (typeof inner !== 'object' || inner === null) return []
  return again('aks', (inner as Json)['log'])
}

/** CloudWatch Logs subscriptions: each message is a line; other streams of a cluster are no audit log. */
function ofCloudWatch({ logEvents, logStream = 'kube-apiserver-audit' }: Json): readonly Wrapped[] {
  if (!String(logStream).includes('audit')) return []
  return (logEvents as readonly unknown[]).flatMap((one) =>
    again('eks', typeof one === 'object' && one !== null ? (one as Json)['message'] : undefined),
  )
}

function ofGoogle(entry: Json): readonly Wrapped[] {
  const event = eventOfLogEntry(entry)
  return event ? again('gke', event) : []
}

function again(format: Format, value: unknown): readonly Wrapped[] {
  if (typeof value === 'string') return [{ format, text: value.trim() }]
  if (typeof value !== 'object' || value === null) return []
  return [{ format, text: JSON.stringify(value) }]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
