import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { ApiCollection, type ApiObject } from './api_collection.ts'
import type { Certificates } from './certificates.ts'
import { atEnd } from './cleanup.ts'

/** A request that the API server got. */
export interface ApiAsked {
  method: string
  path: string
  query: Record<string, string>
  headers: IncomingMessage['headers']
  /** What was sent with it, parsed; undefined where nothing was. */
  body: unknown
  /** The name in the client's certificate; empty where it showed none. */
  client: string
}

/** Answers one request in place of the server. */
export type ApiFault = (response: ServerResponse, asked: ApiAsked) => void

/** Which requests a fault is for: all that is given has to fit. */
export interface ApiMatch {
  path?: string
  watch?: boolean
  /** A page of a list that is not the first. */
  continued?: boolean
}

/**
 * An API server as far as lists and watches go, in this process: objects are put into it and taken out,
 * and it fails as it is told.
 */
export class ApiServer {
  readonly asked: ApiAsked[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #collections = new Map<string, ApiCollection>()
  readonly #faults: { match: ApiMatch; fault: ApiFault; times: number }[] = []
  #version = 100
  #origin = ''
  #token: string | undefined

  private constructor(certificates?: Certificates) {
    const serve = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#serve(request, response)
    this.#server = certificates
      ? createTlsServer(
          {
            cert: certificates.server.cert,
            key: certificates.server.key,
            ca: certificates.ca,
            requestCert: true,
            rejectUnauthorized: false,
          },
          serve,
        )
      : createServer(serve)
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  /** Starts one on a free port of 127.0.0.1, with TLS where there are certificates; it ends with the test. */
  static async start(certificates?: Certificates): Promise<ApiServer> {
    const server = new ApiServer(certificates)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    const { port } = server.#server.address() as AddressInfo
    server.#origin = `${certificates ? 'https' : 'http'}://127.0.0.1:${port}`
    atEnd('an API server', () => server.stop())
    return server
  }

  /** Where it is: `http://127.0.0.1:41234`. */
  get origin(): string {
    return this.#origin
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size
  }

  /** From now on only this token is known. */
  set token(token: string | undefined) {
    this.#token = token
  }

  /** Serves a collection: `/api/v1/pods` of `v1` `Pod`s. */
  collection(root: string, plural: string, kind: string): ApiCollection {
    const apiVersion = root.replace(/^\/apis?\//, '')
    const collection = new ApiCollection(apiVersion, kind, () => ++this.#version)
    this.#collections.set(`${root} ${plural}`, collection)
    return collection
  }

  /** Pods. */
  pods(): ApiCollection {
    return this.collection('/api/v1', 'pods', 'Pod')
  }

  /** Answers the next requests that fit in another way. */
  fail(match: ApiMatch, fault: ApiFault, times = 1): void {
    this.#faults.push({ match, fault, times })
  }

  /** Ends it and all its connections; may be repeated. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await read(request)
    this.asked.push(asked)
    const fault = this.#faultOf(asked)
    if (fault) return fault(response, asked)
    if (this.#token !== undefined && asked.headers.authorization !== `Bearer ${this.#token}`) {
      return sendStatus(response, 401, 'Unauthorized', 'Unauthorized')
    }
    this.#answer(asked, response)
  }

  #faultOf(asked: ApiAsked): ApiFault | undefined {
    const found = this.#faults.find(({ match, times }) => times > 0 && fits(match, asked))
    if (!found) return undefined
    found.times--
    return found.fault
  }

  #answer(asked: ApiAsked, response: ServerResponse): void {
    const [, root = '', namespace, plural = ''] = PATH.exec(asked.path) ?? []
    const collection = this.#collections.get(`${root} ${plural}`)
    if (!collection) {
      const message = 'the server could not find the requested resource'
      return sendStatus(response, 404, 'NotFound', message)
    }
    const metadataOnly = asked.headers.accept?.includes('as=PartialObjectMetadata') ?? false
    const view = { namespace, metadataOnly }
    if (asked.query['watch']) return collection.watch(asked.query, view, response)
    const page = collection.list(asked.query, view)
    if ('gone' in page) return sendStatus(response, 410, 'Expired', String(page.gone))
    sendJson(response, 200, page)
  }
}

const PATH = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)$/

function fits(match: ApiMatch, { path, query }: ApiAsked): boolean {
  if (match.path !== undefined && match.path !== path) return false
  if (match.watch !== undefined && match.watch !== (query['watch'] !== undefined)) return false
  return match.continued === undefined || match.continued === (query['continue'] !== undefined)
}

async function read(request: IncomingMessage): Promise<ApiAsked> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
  return {
    method: request.method ?? '',
    path: pathname,
    query: Object.fromEntries(searchParams.entries()),
    headers: request.headers,
    client: clientIn(request),
    body: chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as unknown) : undefined,
  }
}

function clientIn({ socket }: IncomingMessage): string {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return ''
  return String(socket.getPeerCertificate().subject.CN)
}

/** Answers with an object. */
export function sendJson(
  response: ServerResponse,
  status: number,
  object: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(object))
}

/** Answers with a Status. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  sendJson(response, code, statusOf(code, reason, message), headers)
}

/** A Status that says what is wrong. */
export function statusOf(code: number, reason: string, message: string): ApiObject {
  const facts = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' }
  return { ...facts, message, reason, code }
}
