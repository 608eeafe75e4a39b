import { numbersFrom } from './random.ts'

/** Frames that begin as IP does, and are anything behind it. */
export function* nonsenseFrames(count: number): Iterable<Buffer> {
  const random = numbersFrom(7)
  for (let i = 0; i < count; i++) {
    const frame = Buffer.from(Array.from({ length: 14 + 40 + random(80) }, () => random(256)))
    const v6 = random(2) === 1
    frame.writeUInt16BE(v6 ? 0x86dd : 0x0800, 12)
    // Most shall look like UDP as far as possible.
    if (random(4) > 0) frame[14] = v6 ? 0x60 : 0x40 | (random(2) === 0 ? 5 : random(16))
    if (random(4) > 0) frame[14 + (v6 ? 6 : 9)] = 17
    yield frame
  }
}
