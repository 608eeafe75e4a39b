/** One HTTP exchange as the guest makes it. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly status: number
  /** How the response says where it ends. */
  readonly framing: 'length' | 'chunked' | 'close'
  /** Bytes of the request's body and whether they are sent in chunks. */
  readonly sends: number
  readonly inChunks: boolean
  /** Bytes of the response's body, where its method and status have one. */
  readonly answers: number
  readonly ipv6: boolean
}

/** How many exchanges a guest makes. */
export const EXCHANGES = 1000
/** Where its server listens. */
export const PORT = 8080

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']
const statuses = [200, 201, 204, 302, 304, 400, 404, 500, 503, 226, 418]
const sizes = [0, 12, 900, 20_000, 70_000]

/** The exchange with this number: methods, statuses and sizes meet in every combination. */
export function exchangeAt(index: number): Exchange {
  const method = methods[index % methods.length] as string
  return {
    method,
    path: `/items/${index}`,
    status: statuses[index % statuses.length] as number,
    framing: index % 20 === 19 ? 'close' : index % 3 === 0 ? 'chunked' : 'length',
    sends: method === 'GET' || method === 'HEAD' ? 0 : sized(index),
    inChunks: index % 4 === 0,
    answers: sized(index + 2),
    ipv6: index % 2 === 1,
  }
}

function sized(index: number): number {
  return sizes[index % sizes.length] as number
}
