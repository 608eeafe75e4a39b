import { fragment } from './fragments.ts'
import type { Method } from './methods.ts'

/** By a number made of method, status and version. */
type Results = Map<number, Buffer>

const SUCCESSES: Results = new Map()
const FAILURES = new Map<string, Results>()

/** Made once for each minor version. */
const VERSIONS = Array.from({ length: 256 }, (_, version) => `1.${version}`)

/** `network.protocol.version` of the response, or 1.1 where none came. */
export function protocolVersion(status: number, version: number): string {
  return (status === 0 ? undefined : VERSIONS[version]) ?? '1.1'
}

/**
 * The attributes that are the same for many exchanges, encoded once for each combination there is.
 * @param status of the response, 0 where none came
 * @param version its minor version
 * @param failure `error.type`, or empty
 */
export function resultFragment(
  method: Method,
  status: number,
  version: number,
  failure: string,
): Buffer {
  const known = failure === '' ? SUCCESSES : failuresOf(failure)
  const key = (method.number << 24) | (status << 8) | version
  let bytes = known.get(key)
  if (bytes === undefined) known.set(key, (bytes = encodeResult(method, status, version, failure)))
  return bytes
}

function failuresOf(failure: string): Results {
  let known = FAILURES.get(failure)
  if (known === undefined) FAILURES.set(failure, (known = new Map()))
  return known
}

function encodeResult(method: Method, status: number, version: number, failure: string): Buffer {
  return fragment(
    ['http.request.method', method.name],
    ...(status === 0 ? [] : [['http.response.status_code', status] as const]),
    ...(failure === '' ? [] : [['error.type', failure] as const]),
    ['url.scheme', 'http'],
    ['network.protocol.version', protocolVersion(status, version)],
  )
}
