import { isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'

/** A range of addresses. */
export interface Cidr {
  /** As it is written. */
  readonly text: string
  /** 16 bytes; IPv4 is mapped into IPv6. */
  readonly address: Buffer
  /** How many bits of it count: 96 more than are written for IPv4. */
  readonly bits: number
}

const EXPECTED = 'expected a range of addresses such as "10.0.0.0/8" or "fd00::/8"'

/** `10.0.0.0/8`, `fd00::/8`, or an address alone (RFC 4632, RFC 4291 section 2.3); undefined for others. */
export function parseCidr(text: string): Cidr | undefined {
  const [, host = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const v4 = isIPv4(host)
  if (!v4 && !(isIPv6(host) && !host.includes('%'))) return undefined
  const width = v4 ? 32 : 128
  const bits = prefix === undefined ? width : Number(prefix)
  if (bits > width) return undefined
  const address = v4 ? mapped(host) : ipv6Bytes(host)
  return { text, address, bits: v4 ? bits + 96 : bits }
}

/** A range of addresses in a configuration. */
export function cidr(): z.ZodCodec<z.ZodString, z.ZodCustom<Cidr, Cidr>> {
  const codec = z.codec(z.string({ error: EXPECTED }), z.custom<Cidr>(), {
    decode: (text, ctx) => {
      const range = parseCidr(text)
      if (range) return range
      ctx.issues.push({ code: 'custom', input: text, message: EXPECTED })
      return z.NEVER
    },
    encode: ({ text }) => text,
  })
  return codec.meta({ label: 'range of addresses' })
}

function mapped(ipv4: string): Buffer {
  return Buffer.from([...Array<number>(10).fill(0), 255, 255, ...ipv4.split('.').map(Number)])
}

/** @param text a valid address; its last four bytes may be written as IPv4 */
function ipv6Bytes(text: string): Buffer {
  const [head = '', tail] = text.split('::')
  const before = bytesOf(head)
  const after = tail === undefined ? [] : bytesOf(tail)
  const gap = Array<number>(16 - before.length - after.length).fill(0)
  return Buffer.from([...before, ...gap, ...after])
}

function bytesOf(groups: string): number[] {
  if (groups === '') return []
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
}
