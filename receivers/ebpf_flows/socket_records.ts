import { addressText } from '../../src/pdata/address.ts'
import type { NetworkRole } from '../../src/pdata/network_observations.ts'
import { FLOW_REPORT, FLOW_ROLE } from './record.ts'

/** Records that begin with `struct socket_identity`: what that says of the socket and its owner. */
export abstract class SocketRecords {
  readonly #bytes: Buffer
  readonly #index: Uint32Array

  /** @param index offset and length of each record in `bytes` */
  constructor(bytes: Buffer, index: Uint32Array) {
    this.#bytes = bytes
    this.#index = index
  }

  abstract role(i: number): NetworkRole

  localAddress(i: number): string {
    return addressText(this.#bytes, this.#at(i, 'socket.local_address'))
  }

  localPort(i: number): number {
    return this.#bytes.readUInt16LE(this.#at(i, 'socket.local_port'))
  }

  /** Empty where it is not known. */
  peerAddress(i: number): string {
    const text = addressText(this.#bytes, this.#at(i, 'socket.remote_address'))
    return text === '::' ? '' : text
  }

  peerPort(i: number): number {
    return this.#bytes.readUInt16LE(this.#at(i, 'socket.remote_port'))
  }

  localWord(i: number, part: 0 | 1 | 2 | 3): number {
    return this.#bytes.readInt32LE(this.#at(i, 'socket.local_address') + part * 4)
  }

  peerWord(i: number, part: 0 | 1 | 2 | 3): number {
    return this.#bytes.readInt32LE(this.#at(i, 'socket.remote_address') + part * 4)
  }

  /** The port that is served. */
  serverPort(i: number): number {
    return this.role(i) === 'client' ? this.peerPort(i) : this.localPort(i)
  }

  pid(i: number): number {
    return this.#bytes.readUInt32LE(this.#at(i, 'socket.pid'))
  }

  comm(i: number): string {
    const from = this.#at(i, 'socket.comm')
    const zero = this.#bytes.indexOf(0, from)
    const end = zero === -1 || zero > from + 16 ? from + 16 : zero
    return this.#bytes.toString('utf8', from, end)
  }

  /** Four bytes of that name: the first ones for `part` 0, the next ones for 1. */
  commWord(i: number, part: 0 | 1): number {
    return this.#bytes.readInt32LE(this.#at(i, 'socket.comm') + part * 4)
  }

  cgroupId(i: number): number {
    return this.numberAt(i, FLOW_REPORT['socket.cgroup_id'])
  }

  netns(i: number): number {
    return this.#bytes.readUInt32LE(this.#at(i, 'socket.netns'))
  }

  /** 8 bits at an offset of the record. */
  protected byteAt(i: number, offset: number): number {
    return this.#bytes.readUInt8((this.#index[i * 2] as number) + offset)
  }

  /** 16 bits. */
  protected shortAt(i: number, offset: number): number {
    return this.#bytes.readUInt16LE((this.#index[i * 2] as number) + offset)
  }

  /** 32 bits. */
  protected wordAt(i: number, offset: number): number {
    return this.#bytes.readUInt32LE((this.#index[i * 2] as number) + offset)
  }

  /** 64 bits, exact up to 2^53. */
  protected numberAt(i: number, offset: number): number {
    return this.wordAt(i, offset) + this.wordAt(i, offset + 4) * 2 ** 32
  }

  /** Bytes, over the same memory. */
  protected bytesAt(i: number, offset: number, length: number): Buffer {
    const from = (this.#index[i * 2] as number) + offset
    return this.#bytes.subarray(from, from + length)
  }

  /** `enum flow_role` as the observations have it. */
  protected roleAt(i: number, offset: number): NetworkRole {
    const role = this.byteAt(i, offset)
    if (role === FLOW_ROLE.client) return 'client'
    return role === FLOW_ROLE.server ? 'server' : 'peer'
  }

  #at(i: number, field: keyof typeof FLOW_REPORT): number {
    return (this.#index[i * 2] as number) + FLOW_REPORT[field]
  }
}
