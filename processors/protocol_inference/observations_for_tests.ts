import { Delivery } from '../../src/pdata/delivery.ts'
import { HttpObservations } from '../../src/pdata/http_observations.ts'
import {
  HTTP_END,
  HTTP_EXCHANGE,
  HTTP_EXTENSION,
  HTTP_FLAG,
  HTTP_ROLE,
} from '../../src/pdata/http_record.ts'
import { WallClock } from '../../src/pdata/wall_clock.ts'

/** Nanoseconds between the monotonic clock and 1970 in most tests: its low half carries. */
export const OFFSET = 1_700_000_000_987_654_321n

/** One `struct http_exchange`, in words. What is left out is as in a plain exchange of a server. */
export interface Exchange {
  readonly role?: keyof typeof HTTP_ROLE
  readonly end?: keyof typeof HTTP_END
  readonly status?: number
  /** Bits of `HTTP_FLAG` by name. */
  readonly flags?: readonly (keyof typeof HTTP_FLAG)[]
  /** Monotonic nanoseconds. */
  readonly requestNs?: bigint
  readonly responseEndNs?: bigint
  /** When the server's program read. */
  readonly readNs?: bigint
  readonly requestBody?: bigint
  readonly responseBody?: bigint
  readonly requestSeq?: number
  readonly responseSeq?: number
  readonly cookie?: bigint
  readonly pid?: number
  readonly comm?: string
  /** Dotted IPv4, or the 32 hex digits of an IPv6 address. */
  readonly local?: string
  readonly localPort?: number
  readonly remote?: string
  readonly remotePort?: number
  readonly version?: number
  /** It stands for 2^sampling exchanges. */
  readonly sampling?: number
  readonly errno?: number
  /** The request's head as in the record, cut off or not. Text is taken as Latin-1. */
  readonly head?: string | Uint8Array
  /** Bytes of the request's head, when the record has fewer. */
  readonly headBytes?: number
  /** What few records have: a PROXY protocol header, and lines that stood behind the head. */
  readonly more?: { readonly proxy?: Buffer; readonly host?: string; readonly trace?: string }
}

/** A head of one line and a Host. */
export const HEAD = 'GET /orders HTTP/1.1\r\nHost: shop.example\r\n\r\n'

/** A clock whose offset to 1970 stays as it is. */
export function clockAt(offset: bigint = OFFSET): WallClock {
  const clock = new WallClock(
    () => ({ monotonicNs: 0n, wallNs: offset }),
    () => 0n,
  )
  clock.refresh()
  return clock
}

/** A batch of these exchanges. */
export function observationsOf(
  exchanges: readonly Exchange[],
  clock: WallClock = clockAt(),
  delivery: Delivery = new Delivery(),
): HttpObservations {
  const { bytes, index } = recordsOf(exchanges)
  return new HttpObservations(bytes, index, exchanges.length, clock, delivery)
}

/** Records one after the other with their index, as they are drained from a ring buffer. */
export function recordsOf(exchanges: readonly Exchange[]): { bytes: Buffer; index: Uint32Array } {
  const records = exchanges.map(recordOf)
  const index = new Uint32Array(records.length * 2)
  let end = 0
  for (const [i, record] of records.entries()) {
    index.set([end, record.length], i * 2)
    end += (record.length + 7) & ~7
  }
  const bytes = Buffer.from(new ArrayBuffer(end))
  for (const [i, record] of records.entries()) record.copy(bytes, index[i * 2])
  return { bytes, index }
}

function recordOf(exchange: Exchange): Buffer {
  const { head: text = HEAD } = exchange
  const head = Buffer.from(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  const record = Buffer.alloc(HTTP_EXCHANGE.head + head.length)
  writeExchange(record, exchange)
  writeSocket(record, exchange)
  record.writeUInt32LE(exchange.headBytes ?? head.length, HTTP_EXCHANGE.request_head)
  record.writeUInt16LE(head.length, HTTP_EXCHANGE.head_length)
  head.copy(record, HTTP_EXCHANGE.head)
  return exchange.more ? extended(record, exchange.more) : record
}

function extended(record: Buffer, more: NonNullable<Exchange['more']>): Buffer {
  const whole = Buffer.alloc(HTTP_EXTENSION.end)
  record.copy(whole)
  const flags = whole.readUInt16LE(HTTP_EXCHANGE.flags)
  whole.writeUInt16LE(flags | HTTP_FLAG.extended, HTTP_EXCHANGE.flags)
  more.proxy?.copy(whole, HTTP_EXTENSION.proxy)
  whole.writeUInt16LE(more.proxy?.length ?? 0, HTTP_EXTENSION.proxy_length)
  whole.writeUInt8(whole.write(more.host ?? '', HTTP_EXTENSION.host), HTTP_EXTENSION.host_length)
  whole.writeUInt8(whole.write(more.trace ?? '', HTTP_EXTENSION.trace), HTTP_EXTENSION.trace_length)
  return whole
}

function writeExchange(record: Buffer, exchange: Exchange): void {
  const { requestNs = 5_000_000_000n, responseEndNs = requestNs + 1_500_000n } = exchange
  record.writeUInt32LE(1, HTTP_EXCHANGE.type)
  record.writeUInt16LE(exchange.status ?? 200, HTTP_EXCHANGE.status)
  record.writeUInt8(HTTP_ROLE[exchange.role ?? 'server'], HTTP_EXCHANGE.role)
  record.writeUInt8(HTTP_END[exchange.end ?? 'complete'], HTTP_EXCHANGE.end)
  record.writeBigUInt64LE(requestNs, HTTP_EXCHANGE.request_ns)
  record.writeBigUInt64LE(responseEndNs, HTTP_EXCHANGE.response_end_ns)
  record.writeBigUInt64LE(exchange.readNs ?? 0n, HTTP_EXCHANGE.read_ns)
  record.writeBigUInt64LE(exchange.requestBody ?? 0n, HTTP_EXCHANGE.request_body)
  record.writeBigUInt64LE(exchange.responseBody ?? 12n, HTTP_EXCHANGE.response_body)
  record.writeUInt32LE(exchange.requestSeq ?? 1000, HTTP_EXCHANGE.request_seq)
  record.writeUInt32LE(exchange.responseSeq ?? 2000, HTTP_EXCHANGE.response_seq)
  const flags = (exchange.flags ?? []).reduce((bits, flag) => bits | HTTP_FLAG[flag], 0)
  record.writeUInt16LE(flags, HTTP_EXCHANGE.flags)
  record.writeInt32LE(exchange.errno ?? 0, HTTP_EXCHANGE.error)
  record.writeUInt8(exchange.version ?? 1, HTTP_EXCHANGE.version)
  record.writeUInt8(exchange.sampling ?? 0, HTTP_EXCHANGE.sampling)
}

function writeSocket(record: Buffer, exchange: Exchange): void {
  const { local = '10.0.0.1', remote = '10.0.0.2' } = exchange
  record.writeBigUInt64LE(exchange.cookie ?? 77n, HTTP_EXCHANGE['socket.cookie'])
  record.writeUInt32LE(exchange.pid ?? 0, HTTP_EXCHANGE['socket.pid'])
  record.write(exchange.comm ?? '', HTTP_EXCHANGE['socket.comm'], 15)
  record.writeUInt16LE(exchange.localPort ?? 8080, HTTP_EXCHANGE['socket.local_port'])
  record.writeUInt16LE(exchange.remotePort ?? 40000, HTTP_EXCHANGE['socket.remote_port'])
  addressBytes(local).copy(record, HTTP_EXCHANGE['socket.local_address'])
  addressBytes(remote).copy(record, HTTP_EXCHANGE['socket.remote_address'])
}

/** The 16 bytes of an address in a record. */
export function addressBytes(text: string): Buffer {
  if (!text.includes('.')) return Buffer.from(text, 'hex')
  return Buffer.from([...Array<number>(10).fill(0), 0xff, 0xff, ...text.split('.').map(Number)])
}
