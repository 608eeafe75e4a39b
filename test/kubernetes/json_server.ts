import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { makeCertificates } from '../kit/certificates.ts'
import { atEnd } from '../kit/cleanup.ts'
import type { KubeObject } from './client.ts'

/** What an API server is told of a webhook. */
export interface JsonServer {
  readonly url: string
  readonly ca: Buffer
  readonly caFile: string
}

/** An HTTPS server for an API server to talk to, which answers JSON with JSON; ends with the test. */
export async function startJsonServer(answer: (body: KubeObject) => unknown): Promise<JsonServer> {
  const { server: own, ca, caFile } = await makeCertificates()
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await json(request)) as KubeObject
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer(body) ?? {}))
  }
  const server = createServer({ cert: own.cert, key: own.key }, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd('a webhook', () => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, ca, caFile }
}
