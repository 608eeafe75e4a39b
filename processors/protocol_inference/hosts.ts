import { fragment } from './fragments.ts'

/** Hosts that are remembered; all are forgotten when there are more. */
const LIMIT = 4096

/** A Host header, decoded and encoded once. */
export interface Host {
  readonly bytes: Buffer
  /** Name or address, without port and brackets; empty where the header is none. */
  readonly name: string
  /** The port; undefined where the header has none. */
  readonly port: number | undefined
  /** `http://` and the header's value. */
  readonly url: string
  readonly urlBytes: Buffer
  /** `server.address`, and `server.port` where there is a port, encoded. */
  readonly attributes: Buffer
}

function hostOf(bytes: Buffer, authority: string, name: string, port?: number): Host {
  const url = `http://${authority}`
  return {
    bytes,
    name,
    port,
    url,
    urlBytes: Buffer.from(url),
    attributes: fragment(
      ['server.address', name],
      ...(port === undefined ? [] : [['server.port', port] as const]),
    ),
  }
}

/** Hosts by the bytes of their header, so that each is read once. */
export class Hosts {
  /** By hash: of two that share one, the last is kept. */
  readonly #known = new Map<number, Host>()

  /** The host whose header's value stands from `start` up to `end`. */
  of(bytes: Buffer, start: number, end: number): Host {
    let hash = 0
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0
    const known = this.#known.get(hash)
    if (known !== undefined && isSame(known.bytes, bytes, start, end)) return known
    if (this.#known.size === LIMIT) this.#known.clear()
    const made = readHost(Buffer.from(bytes.subarray(start, end)))
    this.#known.set(hash, made)
    return made
  }
}

function isSame(known: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false
  return true
}

/** What no `uri-host` has: blanks, controls, and the marks of user names, paths and queries. */
const FOREIGN = /[\0-\x20\x7f@/?#]/

/** `uri-host [ ":" port ]` (RFC 9110 section 7.2); a port that is none belongs to the name. */
function readHost(bytes: Buffer): Host {
  const text = bytes.toString()
  if (FOREIGN.test(text)) return hostOf(bytes, '', '')
  const [, name, digits] = /^(\[.*\]|[^:]*):(\d*)$/s.exec(text) ?? [text, text, '']
  const port = Number(digits)
  if (name === '') return hostOf(bytes, '', '')
  const plain = /^\[(.+)\]$/s.exec(name)?.[1] ?? name
  return hostOf(bytes, text, plain, port > 0 && port < 65536 ? port : undefined)
}
