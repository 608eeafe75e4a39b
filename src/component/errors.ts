/** Nothing but a different input can help: never offer the same again. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError'
}

/** This kernel, machine or set of rights lacks something. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError'
  /** What to do about it, as a sentence for the operator. */
  readonly remedy: string

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options)
    this.remedy = remedy
  }
}

/** An error and what caused it, outermost first: `start receiver x: attach y: EPERM`. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const text = error.message || error.name
  return error.cause === undefined ? text : `${text}: ${describeError(error.cause)}`
}
