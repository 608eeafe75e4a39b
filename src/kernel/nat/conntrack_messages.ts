/**
 * Messages of connection tracking: netlink(7), include/uapi/linux/netfilter/nfnetlink.h and
 * nfnetlink_conntrack.h. Headers are in this machine's byte order, values of attributes in the network's.
 */

/** Protocol and multicast groups of netlink. */
export const NETLINK_NETFILTER = 12
export const CONNTRACK_NEW = 1
export const CONNTRACK_DESTROY = 3

const HEADER = 16
/** `struct nfgenmsg`. */
const FAMILY_HEADER = 4
const SUBSYSTEM = 1
const MESSAGE = { new: 0, get: 1, delete: 2 } as const
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const NLM_F_REQUEST = 1
const NLM_F_DUMP = 0x300

const CTA = { original: 1, reply: 2, status: 3, statusMask: 26 } as const
const TUPLE = { ip: 1, protocol: 2 } as const
const IP = { source4: 1, destination4: 2, source6: 3, destination6: 4 } as const
const PROTOCOL = { number: 1, sourcePort: 2, destinationPort: 3 } as const
/** An attribute's type without its two flags. */
const TYPE_MASK = 0x3fff

/** `IPS_SRC_NAT` and `IPS_DST_NAT` of include/uapi/linux/netfilter/nf_conntrack_common.h. */
export const NAT = { source: 0x10, destination: 0x20 } as const

/** One direction of a connection, as packets on this side of a translation have it. */
export interface Tuple {
  /** 16 bytes; IPv4 after ::ffff. */
  readonly source: Uint8Array
  readonly destination: Uint8Array
  readonly protocol: number
  readonly sourcePort: number
  readonly destinationPort: number
}

/** What a message tells of a connection. */
export interface Tracked {
  readonly kind: 'new' | 'destroy'
  readonly original: Tuple
  /** Its answers: source and destination are the other way round, and translated. */
  readonly reply: Tuple
}

/** What ended an answer: no error, or an errno. */
export type End = { readonly errno: number }

/** A request for all connections one of whose addresses is translated, or all where that is not known. */
export function dumpRequest(nat: number): Buffer {
  const message = Buffer.alloc(HEADER + FAMILY_HEADER + 2 * 8)
  message.writeUInt32LE(message.length, 0)
  message.writeUInt16LE((SUBSYSTEM << 8) | MESSAGE.get, 4)
  message.writeUInt16LE(NLM_F_REQUEST | NLM_F_DUMP, 6)
  for (const [i, type] of [CTA.status, CTA.statusMask].entries()) {
    const at = HEADER + FAMILY_HEADER + i * 8
    message.writeUInt16LE(8, at)
    message.writeUInt16LE(type, at + 2)
    message.writeUInt32BE(nat, at + 4)
  }
  return message
}

/** Instructions of classic BPF that take events of translated connections only. */
export function natFilter(): Buffer {
  const [LOAD, LOAD_X, LOAD_BYTE, TO_X, LOAD_AT_X] = [0x00, 0x01, 0x30, 0x07, 0x40]
  const [IF_EQUAL, IF_SET, RETURN] = [0x15, 0x45, 0x06]
  /** SKF_AD_OFF + SKF_AD_NLATTR: where from A on the attribute of type X is, or 0. */
  const FIND_ATTRIBUTE = -0x1000 + 12
  const code = [
    [LOAD, 0, 0, HEADER + FAMILY_HEADER],
    [LOAD_X, 0, 0, CTA.status],
    [LOAD_BYTE, 0, 0, FIND_ATTRIBUTE],
    // One that does not say is taken.
    [IF_EQUAL, 3, 0, 0],
    [TO_X, 0, 0, 0],
    [LOAD_AT_X, 0, 0, 4],
    [IF_SET, 0, 1, NAT.source | NAT.destination],
    [RETURN, 0, 0, 0x7fffffff],
    [RETURN, 0, 0, 0],
  ] as const
  const bytes = Buffer.alloc(code.length * 8)
  for (const [i, [operation, yes, no, value]] of code.entries()) {
    bytes.writeUInt16LE(operation, i * 8)
    bytes.writeUInt8(yes, i * 8 + 2)
    bytes.writeUInt8(no, i * 8 + 3)
    bytes.writeInt32LE(value, i * 8 + 4)
  }
  return bytes
}

/**
 * Tells what messages say of TCP and UDP connections that are translated. Returns what ended an answer,
 * where that is among them.
 */
export function readMessages(bytes: Buffer, take: (tracked: Tracked) => void): End | undefined {
  let at = 0
  while (at + HEADER <= bytes.length) {
    const length = bytes.readUInt32LE(at)
    if (length < HEADER || at + length > bytes.length) return undefined
    const message = bytes.subarray(at, at + length)
    const type = message.readUInt16LE(4)
    if (type === NLMSG_DONE) return { errno: 0 }
    if (type === NLMSG_ERROR)
      return { errno: length < HEADER + 4 ? 0 : -message.readInt32LE(HEADER) }
    const tracked = type >> 8 === SUBSYSTEM ? trackedOf(message, type & 0xff) : undefined
    if (tracked) take(tracked)
    at += (length + 3) & ~3
  }
  return undefined
}

function trackedOf(message: Buffer, type: number): Tracked | undefined {
  if (type !== MESSAGE.new && type !== MESSAGE.delete) return undefined
  const attributes = attributesOf(message.subarray(HEADER + FAMILY_HEADER))
  const status = attributes.get(CTA.status)
  if (status && numberOf(status) & (NAT.source | NAT.destination)) {
    const original = tupleOf(attributes.get(CTA.original))
    const reply = tupleOf(attributes.get(CTA.reply))
    const kind = type === MESSAGE.new ? 'new' : 'destroy'
    return original && reply && { kind, original, reply }
  }
  return undefined
}

function tupleOf(attribute: Buffer | undefined): Tuple | undefined {
  if (!attribute) return undefined
  const parts = attributesOf(attribute)
  const [ip, protocol] = [parts.get(TUPLE.ip), parts.get(TUPLE.protocol)]
  if (!ip || !protocol) return undefined
  const addresses = attributesOf(ip)
  const source = addressOf(addresses.get(IP.source4) ?? addresses.get(IP.source6))
  const destination = addressOf(addresses.get(IP.destination4) ?? addresses.get(IP.destination6))
  const numbers = attributesOf(protocol)
  const [number, from, to] = [
    numbers.get(PROTOCOL.number),
    numbers.get(PROTOCOL.sourcePort),
    numbers.get(PROTOCOL.destinationPort),
  ]
  // Such as ICMP has no ports.
  if (!source || !destination || !number || !from || !to) return undefined
  return {
    source,
    destination,
    protocol: numberOf(number),
    sourcePort: numberOf(from),
    destinationPort: numberOf(to),
  }
}

function attributesOf(bytes: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>()
  let at = 0
  while (at + 4 <= bytes.length) {
    const length = bytes.readUInt16LE(at)
    if (length < 4 || at + length > bytes.length) break
    attributes.set(bytes.readUInt16LE(at + 2) & TYPE_MASK, bytes.subarray(at + 4, at + length))
    at += (length + 3) & ~3
  }
  return attributes
}

function numberOf(bytes: Buffer): number {
  return bytes.length === 0 || bytes.length > 6 ? 0 : bytes.readUIntBE(0, bytes.length)
}

function addressOf(bytes: Buffer | undefined): Uint8Array | undefined {
  if (bytes?.length === 16) return bytes
  if (bytes?.length !== 4) return undefined
  return Buffer.concat([MAPPED, bytes])
}

/** `::ffff:0:0/96`. */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')
