import type { OutgoingRequest } from '../../src/component/auth.ts'
import { PermanentError } from '../../src/component/errors.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { isHeaderValue } from '../../src/helpers/headers.ts'
import { WatchedText } from '../../src/helpers/watched_text.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import type { HeaderConfig } from './config.ts'

/** Where the value of a header comes from. */
export interface Source {
  /** Gets what it needs. */
  start?(): Promise<void>
  /** The value for one request; undefined where there is none. Rejects with PermanentError for values that cannot be sent. */
  value(request: OutgoingRequest): Promise<string | undefined>
}

/** The source of a header's value. */
export function sourceOf(config: HeaderConfig, log: Logger, clock?: Clock): Source {
  const { value, value_file: file, from_context, from_attribute, key } = config
  const fallback = config.default_value?.reveal()
  if (file !== undefined) {
    const text = new WatchedText({ option: 'value_file', file }, log, clock)
    return { start: () => text.start(), value: async () => sendable(await text.get(), key) }
  }
  if (from_context !== undefined) {
    const name = from_context.toLowerCase()
    return { value: async (request) => sendable(onlyOne(request, name) ?? fallback, key) }
  }
  if (from_attribute !== undefined) {
    const attributeOf = ({ client }: OutgoingRequest) => client?.auth?.[from_attribute]
    return { value: async (request) => sendable(attributeOf(request) ?? fallback, key) }
  }
  const text = value?.reveal()
  return { value: async () => text }
}

/** Data of one tenant must not go to another: which of several values is meant, nobody knows. */
function onlyOne({ client }: OutgoingRequest, name: string): string | undefined {
  const values = client?.metadata?.get(name) ?? []
  if (values.length <= 1) return values[0]
  throw new PermanentError(`the request had ${values.length} values of ${name}, expected one`)
}

function sendable(value: string | undefined, key: string): string | undefined {
  if (value === undefined || isHeaderValue(value)) return value
  throw new PermanentError(`the value for ${key} is no printable ASCII text on one line`)
}
