import { z } from 'zod'

/** Ports as ranges, both ends included. */
export class PortSet {
  readonly #ranges: readonly (readonly [number, number])[]

  /** @param ranges first and last port of each */
  constructor(ranges: readonly (readonly [number, number])[]) {
    this.#ranges = ranges
  }

  /** First and last port of each. */
  get ranges(): readonly (readonly [number, number])[] {
    return this.#ranges
  }

  /** Whether the port is among them. */
  has(port: number): boolean {
    for (const range of this.#ranges) if (port >= range[0] && port <= range[1]) return true
    return false
  }

  /** Those of all the sets. */
  static union(sets: readonly PortSet[]): PortSet {
    return new PortSet(sets.flatMap((set) => set.#ranges))
  }

  /** As they are written in a configuration. */
  toConfig(): number | string | (number | string)[] {
    const items = this.#ranges.map(([from, to]) => (from === to ? from : `${from}-${to}`))
    return items.length === 1 ? items[0]! : items
  }
}

const EXPECTED = 'expected a port from 1 to 65535, a range such as "8000-8999", or a list of them'

const item = z.union([z.number(), z.string()])
const written = z.union([item, z.array(item)], {
  error: ({ input }) => (input === undefined ? undefined : EXPECTED),
})

/** A port, a range `8000-8999`, or a list of both. */
export function ports(): z.ZodCodec<typeof written, z.ZodCustom<PortSet, PortSet>> {
  const codec = z.codec(written, z.custom<PortSet>(), {
    decode: (value, ctx) => {
      const ranges = [value].flat().map(rangeOf)
      const good = ranges.filter((range) => range !== undefined)
      if (good.length > 0 && good.length === ranges.length) return new PortSet(good)
      ctx.issues.push({ code: 'custom', input: value, message: EXPECTED })
      return z.NEVER
    },
    encode: (set) => set.toConfig(),
  })
  return codec.meta({ label: 'port, range, or list of them' })
}

function rangeOf(value: number | string): [number, number] | undefined {
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(value)) ?? []
  const from = Number(first)
  const to = Number(last)
  return from >= 1 && from <= to && to <= 65_535 ? [from, to] : undefined
}
