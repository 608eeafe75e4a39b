import { logItems, spanItems } from '../pdata/item_bytes.ts'
import { decodeLog } from '../pdata/otlp_logs.ts'
import { decodeSpan } from '../pdata/otlp_span.ts'
import type { LogRecord } from '../pdata/logs.ts'
import { Delivery } from '../pdata/delivery.ts'
import { readRequest, requestFromJson } from '../pdata/otlp_request.ts'
import { ProtoWriter } from '../pdata/proto_writer.ts'
import type { Span } from '../pdata/traces.ts'
import { Environment } from './environment.ts'
import { openGroup, openItem } from './open.ts'

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
const scope = { name: 'lib', version: '1.2' }

/** An environment at a span in OTLP's JSON. */
export function spanEnv(span: object, env = new Environment()): Environment {
  const request = { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }] }
  const batch = readRequest(
    'traces',
    requestFromJson('traces', Buffer.from(JSON.stringify(request))),
    new Delivery(),
  )
  const [group] = batch.groups
  openGroup(env, group!)
  openItem(env, env.span, spanItems(group!.spans), 0)
  return env
}

/** An environment at a log record in OTLP's JSON. */
export function logEnv(record: object, env = new Environment()): Environment {
  const request = { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [record] }] }] }
  const batch = readRequest(
    'logs',
    requestFromJson('logs', Buffer.from(JSON.stringify(request))),
    new Delivery(),
  )
  const [group] = batch.groups
  openGroup(env, group!)
  openItem(env, env.log, logItems(group!.logs), 0)
  return env
}

/** The span that an environment would write. */
export function spanOut(env: Environment): Span {
  const out = new ProtoWriter(256)
  env.span.encode(out)
  return decodeSpan(out.buffer, out.pos, out.buffer.length)
}

/** The log record that an environment would write. */
export function logOut(env: Environment): LogRecord {
  const out = new ProtoWriter(256)
  env.log.encode(out)
  return decodeLog(out.buffer, out.pos, out.buffer.length)
}
