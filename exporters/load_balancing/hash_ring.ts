/*
 * The ring of the Collector's load balancing exporter, so that agents of both kinds send a trace to the
 * same endpoint: a circle of 36000 places, of which each endpoint has up to 100. Place i of an endpoint
 * is the CRC-32 (IEEE) of its name and the byte i; what is routed goes to the next place from its own
 * CRC-32 on.
 */
const PLACES = 36_000
const PLACES_EACH = 100

// CRC-32, reflected: https://www.w3.org/TR/png-3/#D-CRCAppendix
const POLYNOMIAL = 0xedb8_8320
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  return crc
})

/** CRC-32 of bytes, without making anything for it. */
export function crc32(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let crc = 0xffff_ffff
  for (let i = from; i < to; i++) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number)
  }
  return (crc ^ 0xffff_ffff) >>> 0
}

/** Which endpoint gets what: the same for the same endpoints, whoever asks. */
export class HashRing {
  readonly endpoints: readonly string[]
  /** For each place the number of the endpoint that has the next one. */
  readonly #owners = new Uint16Array(PLACES)

  /** @param endpoints at least one, in any order */
  constructor(endpoints: readonly string[]) {
    this.endpoints = endpoints.toSorted(byCodePoints)
    const taken = this.#taken()
    let next = taken.find((owner) => owner >= 0) as number
    for (let place = PLACES - 1; place >= 0; place--) {
      const owner = taken[place] as number
      if (owner >= 0) next = owner
      this.#owners[place] = next
    }
  }

  /** The endpoint for the bytes from `from` up to `to`, as a number in `endpoints`. */
  ownerOf(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
    return this.#owners[crc32(bytes, from, to) % PLACES] as number
  }

  /** For each place the number of the endpoint that stands there; -1 where none does. */
  #taken(): Int32Array {
    const taken = new Int32Array(PLACES).fill(-1)
    this.endpoints.forEach((endpoint, owner) => {
      const name = Buffer.concat([Buffer.from(endpoint), Buffer.alloc(1)])
      for (let i = 0; i < PLACES_EACH; i++) {
        name[name.length - 1] = i
        const place = crc32(name) % PLACES
        if (taken[place] === -1) taken[place] = owner
      }
    })
    return taken
  }
}

/** As Go sorts: by the bytes of UTF-8, which is by code points. */
function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
