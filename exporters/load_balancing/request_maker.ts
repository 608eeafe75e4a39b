import { BufferPool } from '../../src/helpers/buffer_pool.ts'
import type { EncodedRequest } from '../../src/helpers/send_result.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { type RequestBytes, type RequestLimits, requestsOf } from '../../src/pdata/otlp_encode.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'

/** Makes requests of batches, whose memory is their own. */
export class RequestMaker {
  readonly #limits: RequestLimits
  readonly #out = new ProtoWriter()
  readonly #pool = new BufferPool()

  constructor(limits: RequestLimits) {
    this.#limits = limits
  }

  /** A batch as requests; `tooLarge` items are in none. */
  make(batch: OtlpBatch): { readonly requests: EncodedRequest[]; readonly tooLarge: number } {
    const { requests, tooLarge } = requestsOf(batch, this.#limits, this.#out)
    return { requests: requests.map((request) => this.#owned(request)), tooLarge }
  }

  #owned({ body, items, borrowed }: RequestBytes): EncodedRequest {
    if (!borrowed) return { body, items }
    const buffer = this.#pool.take(body.length)
    body.copy(buffer)
    const copy = buffer.subarray(0, body.length)
    return { body: copy, items, release: () => this.#pool.giveBack(buffer) }
  }
}
