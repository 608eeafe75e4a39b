import type { LogList } from './logs.ts'
import { ProtoWriter } from './proto_writer.ts'
import type { SpanList } from './traces.ts'

/** Tag and length of an item of up to 16 KiB. */
const PREFIX_BYTES = 3
/** So many items of a list are encoded to estimate the size of all. */
const SAMPLES = 3

const scratch = new ProtoWriter()

/**
 * Bytes of the items of a list with tags and lengths: exact where they are there as bytes, else worked
 * out from a few of them.
 */
export function listBytes(list: SpanList | LogList): number {
  if (list.byteLength !== undefined) return list.byteLength
  const { length } = list
  const samples = Math.min(length, SAMPLES)
  if (samples === 0) return 0
  scratch.reset()
  for (let n = 0; n < samples; n++) list.encode(Math.floor((n * length) / samples), scratch)
  return Math.round((scratch.length / samples + PREFIX_BYTES) * length)
}
