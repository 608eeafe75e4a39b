import { type Evaluate, sampledWhere } from './policy.ts'
import type { PolicyConfig } from './policy_config.ts'

/** The salt where none is given, as in the Collector: its replicas and ours choose the same traces. */
const DEFAULT_SALT = 'default-hash-seed'

const TWO_32 = 2 ** 32
const MAX_HASH = 2n ** 64n - 1n
/** Of a ratio as a fraction of whole numbers: what a double below 1 has. */
const RATIO_BITS = 1074n

// http://www.isthe.com/chongo/tech/comp/fnv: FNV-1a with 64 bits; its prime is 2^40 + 0x1b3.
const OFFSET_HIGH = 0xcbf29ce4
const OFFSET_LOW = 0x84222325
const PRIME_LOW = 0x1b3
/** 2^40 moves the lower half into the upper one by 8 bits. */
const PRIME_SHIFT = 8

/** `probabilistic`: a share of all trace ids, by a hash. */
export function probabilistic({
  sampling_percentage,
  hash_salt,
}: NonNullable<PolicyConfig['probabilistic']>): Evaluate {
  const threshold = thresholdOf(sampling_percentage / 100)
  const high = Number(threshold >> 32n)
  const low = Number(threshold & 0xffff_ffffn)
  const salted = new Hash()
  for (const byte of Buffer.from(hash_salt || DEFAULT_SALT)) salted.add(byte)
  const hash = new Hash()
  return sampledWhere(({ trace: { id } }) => {
    hash.high = salted.high
    hash.low = salted.low
    for (let i = 0; i < id.length; i++) hash.add(id.charCodeAt(i))
    return hash.high < high || (hash.high === high && hash.low <= low)
  })
}

/** The largest hash that is sampled. */
function thresholdOf(ratio: number): bigint {
  if (ratio >= 1) return MAX_HASH
  return (MAX_HASH * fractionOf(ratio)) >> RATIO_BITS
}

/** `ratio * 2^RATIO_BITS`, exactly. */
function fractionOf(ratio: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, ratio)
  const bits = view.getBigUint64(0)
  const exponent = bits >> 52n
  const digits = bits & (2n ** 52n - 1n)
  return exponent === 0n ? digits : (digits | (1n << 52n)) << (exponent - 1n)
}

/** FNV-1a with 64 bits, in halves: a bigint for each byte would be ten times slower. */
class Hash {
  high = OFFSET_HIGH
  low = OFFSET_LOW

  add(byte: number): void {
    const low = (this.low ^ byte) >>> 0
    const product = low * PRIME_LOW
    const carry = Math.floor(product / TWO_32)
    this.high = (Math.imul(this.high, PRIME_LOW) + carry + ((low << PRIME_SHIFT) >>> 0)) >>> 0
    this.low = product >>> 0
  }
}
