import { retryAfterMs } from '../helpers/http_retry_after.ts'

/** So much of what the API server says is worth a place in the log. */
const MAX_MESSAGE = 500

/**
 * An answer of the API server that is no success. `status` is that of HTTP, or the `code` of a Status
 * that came in a stream; `reason` is Kubernetes' word for it, `Expired`, or empty.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reason: string
  /** How long the server asked to be left alone; undefined where it did not. */
  readonly retryAfterMs: number | undefined

  constructor(status: number, reason: string, message: string, retryAfter?: number) {
    super(message)
    this.status = status
    this.reason = reason
    this.retryAfterMs = retryAfter
  }

  /** The version that was asked for is gone: everything has to be listed again. */
  get isGone(): boolean {
    return this.status === 410 || this.reason === 'Expired' || this.reason === 'Gone'
  }
}

/** The error of an answer. @param place what was asked, `GET /api/v1/pods` */
export function errorOfAnswer(
  place: string,
  answer: {
    readonly status: number
    readonly headers: Readonly<Record<string, string | string[] | undefined>>
    readonly body: Buffer
  },
): ApiError {
  const { status, headers, body } = answer
  const asked = headers['retry-after']
  const after = retryAfterMs(typeof asked === 'string' ? asked : undefined, Date.now())
  const said = statusIn(body)
  if (said) return errorOfStatus({ ...said, code: status }, place, after)
  const text = body.toString('utf8', 0, MAX_MESSAGE).replaceAll(/\s+/g, ' ').trim()
  return new ApiError(status, '', `${place}: ${status}${text ? ` ${text}` : ''}`, after)
}

/** The error of a `Status` object, as in an ERROR event of a watch. */
export function errorOfStatus(status: unknown, place: string, retryAfter?: number): ApiError {
  const { code, reason, message, details } = fieldsOf(status)
  const { retryAfterSeconds } = fieldsOf(details)
  const asked =
    typeof retryAfterSeconds === 'number' && retryAfterSeconds > 0
      ? retryAfterSeconds * 1000
      : undefined
  const number = typeof code === 'number' ? code : 0
  const word = typeof reason === 'string' ? reason : ''
  const text = typeof message === 'string' ? message.slice(0, MAX_MESSAGE) : ''
  const parts = [String(number), word, text].filter(Boolean).join(' ')
  return new ApiError(number, word, `${place}: ${parts}`, retryAfter ?? asked)
}

function statusIn(body: Buffer): Record<string, unknown> | undefined {
  try {
    const fields = fieldsOf(JSON.parse(body.toString()))
    return fields['kind'] === 'Status' ? fields : undefined
  } catch {
    return undefined
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
