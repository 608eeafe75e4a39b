import { getSystemErrorMap } from 'node:util'
import { HTTP_END, HTTP_ROLE } from '../../src/pdata/http_record.ts'

/** `error.type` of an exchange of whose response nothing was seen. */
const NO_RESPONSE = 'no_response'
/** `error.type` of an exchange whose connection closed inside the response. */
const CUT = 'response_incomplete'

/** Statuses as text, made once. */
const STATUS_TEXT = Array.from({ length: 1000 }, (_, status) => String(status))

/** Linux errno to its name; libuv numbers system errors by their negative errno. */
const NAMES = new Map([...getSystemErrorMap()].map(([errno, [name]]) => [-errno, name]))

/**
 * What makes an exchange a failure, as `error.type`, or an empty string: the status (from 500 at
 * the server, from 400 at the client; semantic conventions, HTTP spans), the socket's errno when it
 * closed too early, or that no whole response was seen.
 */
export function failureOf(role: number, end: number, status: number, errno: number): string {
  if (end === HTTP_END.open) return ''
  if (end === HTTP_END.no_response || end === HTTP_END.cut || status === 0) {
    const name = errno === 0 ? undefined : NAMES.get(errno)
    return name ?? (end === HTTP_END.cut ? CUT : NO_RESPONSE)
  }
  if (status < (role === HTTP_ROLE.client ? 400 : 500)) return ''
  return STATUS_TEXT[status] ?? String(status)
}
