import { lookup } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import type { Clock } from '../../src/helpers/clock.ts'
import type { LoadBalancingConfig } from './config.ts'

/** Where endpoints come from. */
export interface Resolver {
  readonly name: 'static' | 'dns'
  /** How often it is asked, in milliseconds; undefined where the answer stays the same. */
  readonly intervalMs?: number
  /** The endpoints, in any order. Rejects when that cannot be told. */
  resolve(): Promise<readonly string[]>
}

/** Looks a name up: all its addresses. */
export type LookUp = (hostname: string) => Promise<readonly string[]>

const systemLookUp: LookUp = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address)

/** The resolver of a configuration. */
export function resolverOf(
  { resolver }: LoadBalancingConfig,
  clock: Clock,
  lookUp: LookUp = systemLookUp,
): Resolver {
  if (resolver.static) {
    const { hostnames } = resolver.static
    return { name: 'static', resolve: () => Promise.resolve(hostnames) }
  }
  const { hostname, port, interval, timeout } = resolver.dns as NonNullable<typeof resolver.dns>
  return {
    name: 'dns',
    intervalMs: interval,
    resolve: async () => {
      const addresses = await within(lookUp(hostname), timeout, clock)
      // As the Collector names them, because the names decide who gets what.
      const end = port === undefined ? '' : `:${port}`
      return addresses.map((one) => `${isIPv6(one) ? `[${one}]` : one}${end}`)
    },
  }
}

async function within<T>(work: Promise<T>, ms: number, clock: Clock): Promise<T> {
  let cancel = (): void => {}
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(ms, () => reject(new Error(`no answer within ${ms} ms`)))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
  }
}
