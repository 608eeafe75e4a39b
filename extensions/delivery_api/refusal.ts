/** Why a request is not answered with what it asks for. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** HTTP status. */
  readonly status: number
  /** For `WWW-Authenticate` of a 401. */
  readonly challenge: string | undefined

  constructor(status: number, message: string, challenge?: string) {
    super(message)
    this.status = status
    this.challenge = challenge
  }
}
