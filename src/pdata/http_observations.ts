import type { Delivery } from './delivery.ts'
import { HTTP_EXCHANGE, HTTP_ROLE } from './http_record.ts'
import type { HttpTotals } from './http_total.ts'
import type { ObservationBatch } from './observations.ts'
import type { WallClock } from './wall_clock.ts'

/** Who owns sockets whose owner the kernel programs did not see, such as those older than the agent. */
export interface SocketOwners {
  /** The process that owns the socket of that cookie, or 0. */
  ownerOf(cookie: number): number
}

/**
 * HTTP/1.x exchanges as the kernel saw them: a view over the bytes of `struct http_exchange` records
 * that lie in `bytes` one after the other. Each method takes a record's index and reads one field;
 * none allocates, save those that return strings.
 */
export class HttpObservations implements ObservationBatch {
  readonly kind = 'observations'
  readonly schema = 'http'
  readonly itemCount: number
  readonly delivery: Delivery
  /** Turns the records' times into time since 1970. */
  readonly clock: WallClock
  /** The records' memory; 8-byte aligned. */
  readonly bytes: Buffer
  /** Exchanges that were counted in the kernel instead; they are no items. */
  readonly totals: HttpTotals | undefined
  readonly #index: Uint32Array
  readonly #owners: SocketOwners | undefined
  readonly #words: Uint32Array
  readonly #ints: Int32Array

  /**
   * @param index offset and length of each record in `bytes`, offsets being multiples of 8
   * @param owners is asked for the processes of records that name none
   */
  constructor(
    bytes: Buffer,
    index: Uint32Array,
    itemCount: number,
    clock: WallClock,
    delivery: Delivery,
    owners?: SocketOwners,
    totals?: HttpTotals,
  ) {
    this.bytes = bytes
    this.totals = totals
    this.#index = index
    this.#owners = owners
    this.itemCount = itemCount
    this.clock = clock
    this.delivery = delivery
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    this.#ints = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
  }

  /** Where record `i` begins in `bytes`. */
  offset(i: number): number {
    return this.#index[i * 2] as number
  }

  /** Bytes of record `i`. */
  recordLength(i: number): number {
    return this.#index[i * 2 + 1] as number
  }

  /** The 32-bit word of record `i` at a field's offset from `HTTP_EXCHANGE`. */
  word(i: number, field: number): number {
    return this.#words[(this.offset(i) + field) >> 2] as number
  }

  /** The same word as a signed number: one that V8 keeps without allocating. */
  int(i: number, field: number): number {
    return this.#ints[(this.offset(i) + field) >> 2] as number
  }

  /** 1 = seen at the server's socket, 2 = at the client's (`HTTP_ROLE`). */
  role(i: number): number {
    return this.bytes[this.offset(i) + HTTP_EXCHANGE.role] as number
  }

  /** How it ended (`HTTP_END`). */
  end(i: number): number {
    return this.bytes[this.offset(i) + HTTP_EXCHANGE.end] as number
  }

  /** The final response's status, or 0 where none came. */
  status(i: number): number {
    return this.word(i, HTTP_EXCHANGE.status) & 0xffff
  }

  /** Bits of `HTTP_FLAG`. */
  flags(i: number): number {
    return this.word(i, HTTP_EXCHANGE.flags) & 0xffff
  }

  /** Minor version of the response: 1 for HTTP/1.1. */
  version(i: number): number {
    return this.bytes[this.offset(i) + HTTP_EXCHANGE.version] as number
  }

  /** The socket's errno when it closed, or 0. */
  error(i: number): number {
    return this.word(i, HTTP_EXCHANGE.error)
  }

  /** The process that owns the socket, or 0 where it was not seen. */
  pid(i: number): number {
    const pid = this.word(i, HTTP_EXCHANGE['socket.pid'])
    return pid === 0 && this.#owners ? this.#owners.ownerOf(this.cookie(i)) : pid
  }

  /** The kernel's number of the socket, which no other has until reboot. */
  cookie(i: number): number {
    return this.count(i, HTTP_EXCHANGE['socket.cookie'])
  }

  /** Inode of the cgroup v2 directory that the socket was made in. */
  cgroupId(i: number): number {
    return this.count(i, HTTP_EXCHANGE['socket.cgroup_id'])
  }

  /** Name of the thread that sent first, at most 15 bytes. */
  comm(i: number): string {
    const from = this.offset(i) + HTTP_EXCHANGE['socket.comm']
    const zero = this.bytes.indexOf(0, from)
    const end = zero === -1 || zero > from + 16 ? from + 16 : zero
    return this.bytes.toString('utf8', from, end)
  }

  /** Four bytes of that name: the first ones for `part` 0, the next ones for 1. */
  commWord(i: number, part: 0 | 1): number {
    return this.int(i, HTTP_EXCHANGE['socket.comm'] + part * 4)
  }

  /** Port of the socket. */
  localPort(i: number): number {
    return this.word(i, HTTP_EXCHANGE['socket.local_port']) & 0xffff
  }

  /** Port of its peer. */
  remotePort(i: number): number {
    return this.word(i, HTTP_EXCHANGE['socket.local_port']) >>> 16
  }

  /** The port that the exchange was served at. */
  serverPort(i: number): number {
    return this.role(i) === HTTP_ROLE.client ? this.remotePort(i) : this.localPort(i)
  }

  /** Nanoseconds between the times at two of the `_ns` fields, or 0 if that is negative. */
  nanosecondsBetween(i: number, from: number, to: number): number {
    const at = this.offset(i) >> 2
    const a = at + (from >> 2)
    const b = at + (to >> 2)
    const words = this.#words
    const low = (words[b] as number) - (words[a] as number)
    const high = (words[b + 1] as number) - (words[a + 1] as number)
    return Math.max(0, high * 0x1_0000_0000 + low)
  }

  /** A 64-bit count, exact up to 2^53. */
  count(i: number, field: number): number {
    return this.word(i, field + 4) * 0x1_0000_0000 + this.word(i, field)
  }

  /** A time of an `_ns` field in nanoseconds since 1970. */
  timeNs(i: number, field: number): bigint {
    return this.bytes.readBigUInt64LE(this.offset(i) + field) + this.clock.offset
  }

  /** Bytes of the request's head in the record. */
  headLength(i: number): number {
    return this.word(i, HTTP_EXCHANGE.flags) >>> 16
  }
}
