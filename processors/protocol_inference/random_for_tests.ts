import { HTTP_END, HTTP_FLAG } from '../../src/pdata/http_record.ts'
import type { Exchange } from './observations_for_tests.ts'

/** Random choices that are the same for the same seed (xorshift32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number from 0 up to, not including, `limit`, which is 2^32 at most. */
  below(limit: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % limit
  }

  /** One of `choices`. */
  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  /** Any bytes, at most `limit - 1` of them. */
  bytes(limit: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(limit) }, () => this.below(256)))
  }
}

const METHODS = ['GET', 'POST', 'DELETE', 'BREW', 'get', 'G\xc4T', '']
const TARGETS = [
  '/',
  '/a/b',
  '/a?b=c',
  '*',
  'http://h/p',
  'h:443',
  '/\xff',
  '/a#b',
  '/%F0%9F%90%9D',
]
const HEADERS = [
  'Host: shop.example\r\n',
  'Host: [2001:db8::1]:8443\r\n',
  'host: \xfc\xff\r\n',
  'Host: a b\r\n',
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n',
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01\r\n',
  'Accept: */*\r\n',
  'tracestate: vendor=x,ot=th:8;rv:9b8233f7e3a151\r\n',
  'Tracestate: ot=rv:00000000000001\r\n',
  'tracestate: vendor=rv:00\r\n',
  'tracestate: =\r\n',
]
const ADDRESSES = ['10.0.0.1', '192.168.1.254', '20010db8000000000000000000000001', '0'.repeat(32)]

/** A head made of usual and unusual parts, cut off at times. */
export function randomHead(random: Random): Buffer {
  const headers = Array.from({ length: random.below(5) }, () => random.of(HEADERS)).join('')
  const line = `${random.of(METHODS)} ${random.of(TARGETS)} HTTP/1.1\r\n`
  const head = Buffer.from(`${line}${headers}\r\n`, 'latin1')
  return random.below(4) === 0 ? head.subarray(0, random.below(head.length)) : head
}

/** An exchange with every field at random; its head is `head`, or a random one. */
export function randomExchange(random: Random, head: Buffer = randomHead(random)): Exchange {
  const requestNs = (BigInt(random.below(2 ** 31)) << 32n) | BigInt(random.below(2 ** 32))
  const size = () => BigInt(random.below(2 ** 32)) << BigInt(random.of([0, 8, 21, 31]))
  return {
    role: random.of(['server', 'client']),
    end: random.of(Object.keys(HTTP_END) as (keyof typeof HTTP_END)[]),
    status: random.of([0, 100, 101, 200, 204, 304, 399, 400, 404, 499, 500, 503, 999]),
    flags: (Object.keys(HTTP_FLAG) as (keyof typeof HTTP_FLAG)[]).filter(
      () => random.below(4) === 0,
    ),
    requestNs,
    responseEndNs: requestNs + BigInt(random.below(2 ** 32)) * BigInt(random.of([0, 1, 1000])),
    requestBody: size(),
    responseBody: size(),
    requestSeq: random.below(2 ** 32),
    responseSeq: random.below(2 ** 32),
    // So few that connections come again, and never with other addresses.
    ...randomConnection(random.below(40)),
    version: random.of([0, 1, 9]),
    errno: random.of([0, 104, 110, 32, 121]),
    head,
  }
}

function randomConnection(number: number): Partial<Exchange> {
  const random = new Random(number + 1)
  return {
    role: random.of(['server', 'client']),
    cookie: (BigInt(number) << 32n) | BigInt(number % 3),
    pid: random.below(3),
    comm: random.of(['curl', 'nginx', '']),
    local: random.of(ADDRESSES),
    remote: random.of(ADDRESSES),
    localPort: random.of([0, 80, 8080, 65535]),
    remotePort: random.of([0, 80, 40000, 65535]),
  }
}
