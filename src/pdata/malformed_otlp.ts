/**
 * Bytes or JSON that are no OTLP request. The message says what is wrong and where, in words for the
 * client that sent them: `at byte 17: a field ends after its message`.
 */
export class MalformedOtlp extends Error {
  override readonly name = 'MalformedOtlp'
  /** What is wrong, without the place. */
  readonly what: string
  /** The offset of the byte in the body, or the path in the JSON (`resourceSpans[0].scopeSpans`). */
  readonly at: number | string

  constructor(what: string, at: number | string) {
    super(typeof at === 'number' ? `at byte ${at}: ${what}` : at === '' ? what : `${at}: ${what}`)
    this.what = what
    this.at = at
  }
}
