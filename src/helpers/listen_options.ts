import { lookup } from 'node:dns/promises'
import type { ListenOptions } from 'node:net'
import type { Endpoint } from '../config/endpoint.ts'

/**
 * Where a server listens, as in Go: without a host on every address of the machine, and of the
 * addresses of a name, such as localhost, on the first of IPv4. Rejects when a name has none.
 * @param family keeps to one version of IP; 0 takes both
 */
export async function listenOptions(
  { host, port }: Endpoint,
  family: 0 | 4 | 6 = 0,
): Promise<ListenOptions> {
  if (host === '') return anyAddress(port, family)
  const found = await lookup(host, { family, order: 'ipv4first' })
  return { host: found.address, port }
}

/** Without a host Node takes IPv6 and IPv4 together, or IPv4 where there is no other. */
function anyAddress(port: number, family: 0 | 4 | 6): ListenOptions {
  if (family === 4) return { host: '0.0.0.0', port }
  return family === 6 ? { host: '::', ipv6Only: true, port } : { port }
}
