/** `::ffff:0:0/96`, RFC 4291 section 2.5.5.2: the first twelve bytes of a mapped IPv4 address. */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

/**
 * The text of the 16-byte address at `offset`: dotted for IPv4 and IPv4-mapped IPv6, else IPv6 in
 * the canonical form of RFC 5952.
 */
export function addressText(bytes: Uint8Array, offset: number): string {
  const address = Buffer.from(bytes.buffer, bytes.byteOffset + offset, 16)
  if (address.compare(MAPPED, 0, 12, 0, 12) === 0) return address.subarray(12).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => address.readUInt16BE(i * 2).toString(16))
  const gap = longestRunOfZeros(groups)
  if (gap.length < 2) return groups.join(':')
  const head = groups.slice(0, gap.start).join(':')
  const tail = groups.slice(gap.start + gap.length).join(':')
  return `${head}::${tail}`
}

function longestRunOfZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === '0') continue
    if (i - start > best.length) best = { start, length: i - start }
    start = i + 1
  }
  return best
}
