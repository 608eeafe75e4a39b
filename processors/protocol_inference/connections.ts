import { addressText } from '../../src/pdata/address.ts'
import { HTTP_EXCHANGE, HTTP_ROLE } from '../../src/pdata/http_record.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { fragment } from './fragments.ts'

/** Connections that are remembered; all are forgotten when there are more. */
const LIMIT = 4096

/** What is the same for all exchanges of a connection. */
export interface Connection {
  /** The socket's cookie, as two unsigned 32-bit halves. */
  readonly cookieLow: number
  readonly cookieHigh: number
  /** The attributes of its two ends, encoded. */
  readonly attributes: Buffer
  /** The server's end on the wire. */
  readonly serverAddress: string
  readonly serverPort: number
}

/** Connections by socket cookie, so that addresses are made into text and encoded once. */
export class Connections {
  /** Stands for no connection yet. */
  static readonly none: Connection = {
    cookieLow: 0,
    cookieHigh: 0,
    attributes: Buffer.alloc(0),
    serverAddress: '',
    serverPort: 0,
  }
  readonly #known = new Map<number, Connection>()

  /** The connection of record `row`. */
  of(records: HttpObservations, row: number): Connection {
    const low = records.word(row, HTTP_EXCHANGE['socket.cookie'])
    const high = records.word(row, HTTP_EXCHANGE['socket.cookie'] + 4)
    const known = this.#known.get(low)
    if (known !== undefined && known.cookieHigh === high) return known
    if (this.#known.size === LIMIT) this.#known.clear()
    const made = make(records, row, low, high)
    this.#known.set(low, made)
    return made
  }
}

function make(records: HttpObservations, row: number, low: number, high: number): Connection {
  const { bytes } = records
  const at = records.offset(row)
  const peer = addressText(bytes, at + HTTP_EXCHANGE['socket.remote_address'])
  const local = addressText(bytes, at + HTTP_EXCHANGE['socket.local_address'])
  const client = records.role(row) === HTTP_ROLE.client
  return {
    cookieLow: low,
    cookieHigh: high,
    attributes: fragment(
      ...(client ? [] : [['client.address', peer] as const]),
      ['network.peer.address', peer],
      ['network.peer.port', records.remotePort(row)],
      ['network.local.address', local],
      ['network.local.port', records.localPort(row)],
    ),
    serverAddress: client ? peer : local,
    serverPort: client ? records.remotePort(row) : records.localPort(row),
  }
}
