import { once } from 'node:events'
import { unlink } from 'node:fs/promises'
import { connect, type ListenOptions, type Server } from 'node:net'
import { UnsupportedError } from '../../component/errors.ts'
import { formatEndpoint } from '../../config/endpoint.ts'
import { Episode } from '../episode.ts'
import { listenOptions } from '../listen_options.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { formatAddress, type Address, type Transport } from './address.ts'

/** Where to listen, and the option that says so. */
export interface Place {
  readonly address: Address
  readonly transport: Transport
  /** `receivers.otlp.protocols.grpc.endpoint`. */
  readonly option: string
}

const FAMILIES = { tcp: 0, tcp4: 4, tcp6: 6, unix: 0 } as const

/** Begins to listen; resolves with where. Rejects with the option's name when that cannot be had. */
export async function listen(server: Server, place: Place): Promise<string> {
  try {
    const options = await optionsOf(place)
    if (options.path !== undefined) await removeLeftOver(options.path)
    const listening = once(server, 'listening')
    server.listen(options)
    await listening
  } catch (cause) {
    const { address, option } = place
    const remedy = `Choose another place with ${option}, or end what listens there.`
    throw new UnsupportedError(`listen on ${formatAddress(address)} (${option})`, remedy, { cause })
  }
  const bound = server.address()
  if (bound === null || typeof bound === 'string') return formatAddress(place.address)
  return formatEndpoint({ host: bound.address, port: bound.port })
}

/**
 * What fails on a listening socket later, such as accept for want of descriptors, fails for one client
 * only, and is said once for all that fail in a row.
 */
export function tellOfLostConnections(server: Server, log: Logger): void {
  let last: unknown
  const lost = new Episode({
    begins: () => log.warn({ err: last }, 'Cannot take a connection.'),
    ends: (connections) => log.warn({ connections }, 'Connections that could not be taken.'),
  })
  server.on('error', (error) => {
    last = error
    lost.add(1)
  })
  server.on('connection', () => lost.calm())
  server.once('close', () => lost.end())
}

async function optionsOf({ address, transport }: Place): Promise<ListenOptions> {
  if ('path' in address) return { path: address.path.replace(/^@/, '\0') }
  return listenOptions(address, FAMILIES[transport])
}

/** A socket file that nobody listens on any more is what a killed agent left. */
async function removeLeftOver(path: string): Promise<void> {
  if (path.startsWith('\0')) return
  const socket = connect(path)
  try {
    await once(socket, 'connect')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') await unlink(path)
  } finally {
    socket.destroy()
  }
}
