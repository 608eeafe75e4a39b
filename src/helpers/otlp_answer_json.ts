import { partialSuccess, type RpcStatus } from './otlp_answer.ts'
import type { SendResult } from './send_result.ts'

const REJECTED = ['rejectedSpans', 'rejectedDataPoints', 'rejectedLogRecords']

/** As `readResponse`, in JSON. What is no JSON is taken for a full success. */
export function readJsonResponse(bytes: Buffer): SendResult {
  const partial = memberOf(parse(bytes), 'partialSuccess')
  const count = REJECTED.map((name) => Number(memberOf(partial, name) ?? 0))
  const message = memberOf(partial, 'errorMessage')
  const rejected = Math.max(...count.map((n) => (Number.isFinite(n) ? n : 0)))
  return partialSuccess(rejected, typeof message === 'string' ? message : '')
}

/** As `readRpcStatus`, in JSON; empty where the bytes are none. */
export function readJsonRpcStatus(bytes: Buffer): RpcStatus {
  const status = parse(bytes)
  const message = memberOf(status, 'message')
  const retryAfterMs = retryDelayOf(memberOf(status, 'details'))
  return {
    ...(typeof message === 'string' && message && { message }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

/** RetryInfo in JSON: `{"@type": "…/google.rpc.RetryInfo", "retryDelay": "1.5s"}`. */
function retryDelayOf(details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined
  const info = details.find((any) =>
    String(memberOf(any, '@type')).endsWith('google.rpc.RetryInfo'),
  )
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(String(memberOf(info, 'retryDelay'))) ?? []
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

/** A member of an object, also by its name in the .proto file, which parsers of ProtoJSON have to take. */
function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const members = value as Record<string, unknown>
  return members[name] ?? members[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
