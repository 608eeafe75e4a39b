import type { OtlpBatch } from './merge_batches.ts'
import { Delivery } from './delivery.ts'
import { encodeBatch } from './otlp_encode.ts'
import { readRequest, requestFromJson, type Signal } from './otlp_request.ts'
import { batchToJson } from './otlp_to_json.ts'
import { ProtoWriter } from './proto_writer.ts'

/*
 * Batches as they come over the network, written and shown with little text. A `bigint` stands for an
 * int, a `number` for a double, so that tests see which of them it is.
 */

/** A value as tests write it. */
export type Plain = null | string | bigint | number | boolean | Uint8Array | Plain[] | PlainMap
/** Attributes as tests write them. */
export interface PlainMap {
  [key: string]: Plain
}

/** A span, a log record, or a metric whose points have these attributes. */
export interface PlainItem {
  readonly name?: string
  readonly attributes?: PlainMap
  /** Of a metric, in place of `attributes`: those of each of its points. */
  readonly points?: readonly PlainMap[]
  /** Of a metric: what it is called in OTLP/JSON; a gauge where nothing is said. */
  readonly type?: 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary'
  /** Other fields, as OTLP/JSON has them. */
  readonly [field: string]: unknown
}

/** Items of one resource and scope. */
export interface PlainGroup {
  readonly resource?: PlainMap
  readonly scope?: string
  readonly items: readonly PlainItem[]
}

type Json = Record<string, unknown>

/** A batch of these groups, received. */
export function receivedBatch(
  signal: Signal,
  groups: readonly PlainGroup[],
  delivery: Delivery = new Delivery(),
): OtlpBatch {
  const { resources, scopes, items } = NAMES[signal]
  const json = {
    [resources]: groups.map((group) => ({
      resource: { attributes: pairs(group.resource ?? {}) },
      [scopes]: [
        { scope: { name: group.scope ?? 'test' }, [items]: group.items.map(JSON_OF[signal]) },
      ],
    })),
  }
  const body = requestFromJson(signal, Buffer.from(JSON.stringify(json)))
  return readRequest(signal, body, delivery)
}

const NAMES = {
  traces: { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' },
  metrics: { resources: 'resourceMetrics', scopes: 'scopeMetrics', items: 'metrics' },
  logs: { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' },
} as const

const JSON_OF: Readonly<Record<Signal, (item: PlainItem) => Json>> = {
  traces: ({ attributes = {}, ...rest }) => ({ ...rest, attributes: pairs(attributes) }),
  logs: ({ name, attributes = {}, ...rest }) => ({
    ...rest,
    ...(name !== undefined && { body: { stringValue: name } }),
    attributes: pairs(attributes),
  }),
  metrics: ({ name, attributes = {}, points = [attributes], type = 'gauge', ...rest }) => ({
    name,
    [type]: { ...rest, dataPoints: points.map((point) => ({ attributes: pairs(point) })) },
  }),
}

/** Attributes in OTLP/JSON. */
export function pairs(attributes: PlainMap): Json[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: jsonOf(value) }))
}

/** A value in OTLP/JSON. */
export function jsonOf(value: Plain): Json {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'bigint') return { intValue: String(value) }
  if (typeof value === 'number') return { doubleValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(jsonOf) } }
  return { kvlistValue: { values: pairs(value) } }
}

/** What a batch is on the wire: its groups, with names and attributes of their items. */
export function shown(batch: OtlpBatch): PlainGroup[] {
  const out = new ProtoWriter()
  encodeBatch(batch, out)
  const { resources, scopes, items } = NAMES[batch.kind]
  const json = batchToJson(readRequest(batch.kind, out.toBytes(), new Delivery())) as Json
  return list(json[resources]).flatMap((group) => {
    const resource = plainMap((group['resource'] as Json | undefined)?.['attributes'])
    return list(group[scopes]).map((scoped) => ({
      resource,
      scope: (scoped['scope'] as { name?: string } | undefined)?.name ?? '',
      items: list(scoped[items]).map(SHOWN[batch.kind]),
    }))
  })
}

const SHOWN: Readonly<Record<Signal, (item: Json) => PlainItem>> = {
  traces: ({ name, attributes }) => ({ name: String(name), attributes: plainMap(attributes) }),
  logs: ({ body = {}, attributes }) => {
    const value = plain(body as Json)
    const named = typeof value === 'string' ? { name: value } : { body: value }
    return { ...named, attributes: plainMap(attributes) }
  },
  metrics: (metric) => {
    const data = DATA.map((type) => metric[type] as Json | undefined).find(Boolean) ?? {}
    const points = list(data['dataPoints']).map(({ attributes }) => plainMap(attributes))
    return { name: String(metric['name']), points }
  },
}

const DATA = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary']

/** The attributes of the first item of a batch. */
export function firstAttributes(batch: OtlpBatch): PlainMap {
  const item = shown(batch)[0]?.items[0]
  return item?.attributes ?? item?.points?.[0] ?? {}
}

function list(value: unknown): Json[] {
  return (value ?? []) as Json[]
}

/** Attributes out of OTLP/JSON. */
export function plainMap(attributes: unknown): PlainMap {
  return Object.fromEntries(
    list(attributes).map(({ key, value }) => [String(key), plain((value ?? {}) as Json)]),
  )
}

/** A value out of OTLP/JSON. */
export function plain(value: Json): Plain {
  if ('stringValue' in value) return value['stringValue'] as string
  if ('intValue' in value) return BigInt(value['intValue'] as string)
  if ('doubleValue' in value) return Number(value['doubleValue'])
  if ('boolValue' in value) return value['boolValue'] as boolean
  if ('bytesValue' in value) return Buffer.from(value['bytesValue'] as string, 'base64')
  if ('arrayValue' in value) return list((value['arrayValue'] as Json)['values']).map(plain)
  if ('kvlistValue' in value) return plainMap((value['kvlistValue'] as Json)['values'])
  return null
}
