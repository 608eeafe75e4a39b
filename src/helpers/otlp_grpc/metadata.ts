import { Metadata, type MetadataOptions, type MetadataValue } from '@grpc/grpc-js'
import type { Encoding } from '../compression.ts'

/** The headers of a call whose message is written in `encoding`. */
export function metadataOf(
  headers: Readonly<Record<string, string>>,
  encoding: Encoding,
  options: MetadataOptions,
): Metadata {
  const plain = encoding === 'identity'
  const metadata = plain ? new Metadata(options) : new EncodedMetadata(encoding, options)
  for (const [name, value] of Object.entries(headers)) metadata.set(name, valueOf(name, value))
  return metadata
}

function valueOf(name: string, text: string): MetadataValue {
  return name.endsWith('-bin') ? Buffer.from(text) : text
}

/** grpc-js sets `grpc-encoding` by its own compression and removes another one: it is added last. */
class EncodedMetadata extends Metadata {
  readonly #encoding: Encoding

  constructor(encoding: Encoding, options: MetadataOptions) {
    super(options)
    this.#encoding = encoding
  }

  override clone(): Metadata {
    const copy = new EncodedMetadata(this.#encoding, this.getOptions())
    copy.merge(this)
    return copy
  }

  override toHttp2Headers(): ReturnType<Metadata['toHttp2Headers']> {
    return { ...super.toHttp2Headers(), 'grpc-encoding': this.#encoding }
  }
}
