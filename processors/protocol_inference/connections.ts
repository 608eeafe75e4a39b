import { addressText } from '../../src/pdata/address.ts'
import { HTTP_EXCHANGE, HTTP_ROLE } from '../../src/pdata/http_record.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { fragment } from './fragments.ts'
import { type Host, hostOf } from './hosts.ts'

/** Connections that are remembered; all are forgotten when there are more. */
const LIMIT = 4096

/** What is the same for all exchanges of a connection. */
export interface Connection {
  /** The socket's cookie, as two signed 32-bit halves. */
  readonly cookieLow: number
  readonly cookieHigh: number
  readonly peerAddress: string
  readonly localAddress: string
  /** The attributes of its two ends, encoded. */
  readonly attributes: Buffer
  /** The server's end on the wire, for requests without a Host. */
  readonly server: Host
}

/** Connections by socket cookie, so that addresses are made into text and encoded once. */
export class Connections {
  readonly #known = new Map<number, Connection>()

  /** The connection of record `row`. */
  of(records: HttpObservations, row: number): Connection {
    const low = records.int(row, HTTP_EXCHANGE['socket.cookie'])
    const high = records.int(row, HTTP_EXCHANGE['socket.cookie'] + 4)
    const known = this.#known.get(low)
    if (known !== undefined && known.cookieHigh === high) return known
    if (this.#known.size === LIMIT) this.#known.clear()
    const made = readConnection(records, row, low, high)
    this.#known.set(low, made)
    return made
  }
}

function readConnection(
  records: HttpObservations,
  row: number,
  cookieLow: number,
  cookieHigh: number,
): Connection {
  const { bytes } = records
  const at = records.offset(row)
  const peerAddress = addressText(bytes, at + HTTP_EXCHANGE['socket.remote_address'])
  const localAddress = addressText(bytes, at + HTTP_EXCHANGE['socket.local_address'])
  const client = records.role(row) === HTTP_ROLE.client
  const server = client
    ? wireHost(peerAddress, records.remotePort(row))
    : wireHost(localAddress, records.localPort(row))
  const attributes = fragment(
    ...(client ? [] : [['client.address', peerAddress] as const]),
    ['network.peer.address', peerAddress],
    ['network.peer.port', records.remotePort(row)],
    ['network.local.address', localAddress],
    ['network.local.port', records.localPort(row)],
  )
  return { cookieLow, cookieHigh, peerAddress, localAddress, attributes, server }
}

function wireHost(address: string, port: number): Host {
  const host = address.includes(':') ? `[${address}]` : address
  return hostOf(Buffer.alloc(0), `${host}:${port}`, address, port)
}
