import type { ByteKey } from '../../src/helpers/byte_key.ts'
import type { Attributes, AttributeValue } from '../../src/pdata/attributes.ts'
import type { ServiceGraphConfig } from './config.ts'

/** Values of `connection_type`. */
export const CONNECTIONS = ['', 'messaging_system', 'database', 'virtual_node'] as const
/** One of them. */
export type Connection = (typeof CONNECTIONS)[number]

/** A request from one service to another. One object serves all. */
export class Edge {
  client = ''
  server = ''
  connection: Connection = ''
  failed = false
  /** The end that was not seen. */
  virtual: '' | 'client' | 'server' = ''
  clientDimensions: readonly (string | undefined)[] = []
  serverDimensions: readonly (string | undefined)[] = []
  clientNs = 0
  serverNs = 0
  weight = 1
  /** Words of the ids of the trace and of the spans at both ends. */
  readonly trace = new Int32Array(4)
  client0 = 0
  client1 = 0
  server0 = 0
  server1 = 0

  /** Makes it the key that its series is looked up by. */
  addTo(key: ByteKey): void {
    key.reset()
    key.text(this.client)
    key.text(this.server)
    const virtual = this.virtual === '' ? 0 : this.virtual === 'client' ? 1 : 2
    key.byte(CONNECTIONS.indexOf(this.connection) | (this.failed ? 8 : 0) | (virtual << 4))
    addAll(this.clientDimensions, key)
    addAll(this.serverDimensions, key)
    key.seal()
  }

  /** The attributes of its series. */
  attributes({ dimensions, virtual_node_extra_label: extra }: ServiceGraphConfig): Attributes {
    const { client, server, connection, failed } = this
    const attributes: Record<string, AttributeValue> = {
      client,
      server,
      connection_type: connection,
      failed,
    }
    dimensions.forEach((name, n) => {
      const [ofClient, ofServer] = [this.clientDimensions[n], this.serverDimensions[n]]
      if (ofClient !== undefined) attributes[`client_${name}`] = ofClient
      if (ofServer !== undefined) attributes[`server_${name}`] = ofServer
    })
    if (extra) attributes['virtual_node'] = this.virtual
    return attributes
  }
}

function addAll(values: readonly (string | undefined)[], key: ByteKey): void {
  key.byte(values.length & 0xff)
  for (const value of values) {
    if (value === undefined) key.none()
    else key.text(value)
  }
}
