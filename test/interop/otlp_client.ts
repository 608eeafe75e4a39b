import { gzipSync } from 'node:zlib'
import grpc from '@grpc/grpc-js'
import type { Signal } from '../kit/otlp.ts'

const METHODS: Record<Signal, string> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
}

const asIs = (bytes: Buffer): Buffer => bytes

/** Sends requests as they are over OTLP/gRPC, as an SDK does. */
export class GrpcSender {
  readonly #client: grpc.Client

  constructor(port: number) {
    const options = { 'grpc.max_send_message_length': -1, 'grpc.use_local_subchannel_pool': 1 }
    this.#client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options)
  }

  /** Rejects with the server's status. */
  send(signal: Signal, body: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(METHODS[signal], asIs, asIs, body, (error) =>
        error ? reject(error) : resolve(),
      )
    })
  }

  close(): void {
    this.#client.close()
  }
}

/** Sends a request as it is over OTLP/HTTP in protobuf, compressed. Rejects unless it is taken. */
export async function sendHttp(port: number, signal: Signal, body: Buffer): Promise<void> {
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' }
  const url = `http://127.0.0.1:${port}/v1/${signal}`
  const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(gzipSync(body)) })
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
}
