import { Delivery } from '../../src/pdata/delivery.ts'
import { readRequest, type Signal } from '../../src/pdata/otlp_request.ts'
import { batchToJson } from '../../src/pdata/otlp_to_json.ts'

/** A request in protobuf as one in OTLP/JSON. Throws where the bytes are no request. */
export function requestToJson(signal: Signal, body: Buffer): Buffer {
  const batch = readRequest(signal, body, new Delivery())
  return Buffer.from(JSON.stringify(batchToJson(batch)))
}
