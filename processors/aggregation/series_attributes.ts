import { addressText } from '../../src/pdata/address.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Grouping } from './instruments.ts'
import type { Names } from './names.ts'
import { KEY, SORT, type What, whatOf } from './series_key.ts'
import type { Side } from './sides.ts'

/** What the numbers in keys stand for. */
export interface SeriesNames {
  readonly transports: Names
  readonly reasons: Names
  readonly interfaces: Names
}

/** Turns keys of series into the attributes of their data points. */
export class SeriesAttributes {
  readonly #grouping: Grouping
  readonly #names: SeriesNames

  constructor(grouping: Grouping, names: SeriesNames) {
    this.#grouping = grouping
    this.#names = names
  }

  /** The attributes on a side of the series whose key stands in `keys` from `from` on. */
  of(keys: Int32Array, from: number, side: Side): Attributes {
    const what = whatOf(keys[from + KEY.what] as number)
    // OpenTelemetry SDK specification, cardinality limits.
    if (what.sort === SORT.overflow) return { 'otel.metric.overflow': true, ...side.attributes }
    const reason = this.#names.reasons.nameOf(keys[from + KEY.reason] as number)
    return {
      ...(this.#grouping === 'flow' && endpointsOf(keys, from, what.sort, side.reversed)),
      'network.transport': this.#names.transports.nameOf(what.transport),
      'network.type': what.isIpv4 ? 'ipv4' : 'ipv6',
      ...roleOf(what),
      ...interfaceOf(this.#names.interfaces.nameOf(keys[from + KEY.interface] as number)),
      ...side.attributes,
      ...side.ofReason?.(reason),
    }
  }
}

function roleOf({ role }: What): Attributes {
  return role === 'peer' ? {} : { 'network.tcp.handshake.role': role }
}

/** OpenTelemetry's name of it (`network.interface.name`). */
function interfaceOf(name: string): Attributes {
  return name === '' ? {} : { 'network.interface.name': name }
}

function endpointsOf(keys: Int32Array, from: number, sort: number, reversed: boolean): Attributes {
  if (sort === SORT.other) return { 'source.address': 'other', 'destination.address': 'other' }
  const ports = keys[from + KEY.ports] as number
  const local = { address: addressAt(keys, from + KEY.local), port: ports >>> 16 }
  const peer = { address: addressAt(keys, from + KEY.peer), port: ports & 0xffff }
  const [source, destination] = reversed ? [peer, local] : [local, peer]
  return {
    'source.address': source.address,
    ...(source.port !== 0 && { 'source.port': source.port }),
    'destination.address': destination.address,
    ...(destination.port !== 0 && { 'destination.port': destination.port }),
    ...othersOf(keys, from),
  }
}

/** What the program asked for, and the peer behind address translation, where they are not the peer. */
function othersOf(keys: Int32Array, from: number): Attributes {
  const ports = keys[from + KEY.otherPorts] as number
  const asked = ports >>> 16
  const translated = ports & 0xffff
  return {
    ...(asked !== 0 && {
      'server.address': addressAt(keys, from + KEY.asked),
      'server.port': asked,
    }),
    ...(hasAddress(keys, from + KEY.translated) && {
      'waggle.nat.address': addressAt(keys, from + KEY.translated),
      ...(translated !== 0 && { 'waggle.nat.port': translated }),
    }),
  }
}

/** An IPv4 address is none of zeros alone. */
function hasAddress(keys: Int32Array, word: number): boolean {
  return keys.subarray(word, word + 4).some((part) => part !== 0)
}

function addressAt(keys: Int32Array, word: number): string {
  return addressText(new Uint8Array(keys.buffer), keys.byteOffset + word * 4)
}
