import type { z } from 'zod'
import {
  endpointOf,
  formatEndpoint,
  LISTEN_EXPECTED,
  parseListenEndpoint,
  type Endpoint,
} from '../../config/endpoint.ts'

/** Where a server listens: a host and a port, or the path of a Unix socket. */
export type Address = Endpoint | { readonly path: string }

/** How `transport` has it; `tcp4` and `tcp6` keep to one version of IP. */
export const TRANSPORTS = ['tcp', 'tcp4', 'tcp6', 'unix'] as const
/** One of the transports. */
export type Transport = (typeof TRANSPORTS)[number]

/**
 * `127.0.0.1:4317`, `[::1]:4317`, `:4317` for every address of the machine, or the path of a Unix
 * socket: `/run/waggle.sock`, `@name` for an abstract one. Port 0 lets the system choose.
 */
export function listenAddress(): z.ZodCodec<z.ZodString, z.ZodCustom<Address, Address>> {
  return endpointOf(LISTEN_EXPECTED, parse, formatAddress)
}

/** The address as it is written. */
export function formatAddress(address: Address): string {
  return 'path' in address ? address.path : formatEndpoint(address)
}

/** What is wrong with an address for a transport; undefined when nothing is. */
export function addressFault(address: Address, transport: Transport): string | undefined {
  if (transport === 'unix') {
    return 'path' in address ? undefined : 'expected the path of a socket, for transport unix'
  }
  return 'path' in address ? `expected host:port, for transport ${transport}` : undefined
}

function parse(text: string): Address | undefined {
  return /^[/@.]/.test(text) ? { path: text } : parseListenEndpoint(text)
}
