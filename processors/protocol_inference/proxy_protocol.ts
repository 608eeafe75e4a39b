import { isIP } from 'node:net'
import { addressText } from '../../src/pdata/address.ts'

/** The client that a proxy speaks for. */
export interface ProxiedClient {
  readonly address: string
  readonly port: number
}

/** What a version 2 header begins with (haproxy.org, doc/proxy-protocol.txt, section 2.2). */
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n')
/** Version 2, command PROXY. */
const V2_PROXY = 0x21
/** TCP over IPv4, and over IPv6: the family in the upper half of a byte, the protocol in the lower. */
const TCP4 = 0x11
const TCP6 = 0x21

/**
 * Reads a PROXY protocol header of either version. Undefined where it names no client: the command
 * LOCAL, the family UNKNOWN, other families, or what is no such header.
 */
export function readProxyHeader(header: Buffer): ProxiedClient | undefined {
  return header.subarray(0, SIGNATURE.length).equals(SIGNATURE) ? readV2(header) : readV1(header)
}

/** `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443` (section 2.1). */
function readV1(header: Buffer): ProxiedClient | undefined {
  const [, address = '', digits] =
    /^PROXY TCP[46] (\S+) \S+ (\d{1,5}) \d{1,5}\r\n$/.exec(header.toString('latin1')) ?? []
  const port = Number(digits)
  return isIP(address) !== 0 && port < 65536 ? { address, port } : undefined
}

function readV2(header: Buffer): ProxiedClient | undefined {
  const family = header[13]
  if (header[12] !== V2_PROXY) return undefined
  if (family === TCP4 && header.length >= 28) {
    return { address: header.subarray(16, 20).join('.'), port: header.readUInt16BE(24) }
  }
  if (family === TCP6 && header.length >= 52) {
    return { address: addressText(header, 16), port: header.readUInt16BE(48) }
  }
  return undefined
}
