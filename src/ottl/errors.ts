/** A statement or condition that cannot be taken: says where inside of it, and what is wrong. */
export class OttlSyntaxError extends Error {
  /** Characters in front of the fault, from 0. */
  readonly position: number

  constructor(problem: string, position: number) {
    super(`${problem}, at character ${position + 1}`)
    this.position = position
  }
}

/** What a statement or condition ran into with the data that it got. */
export class OttlError extends Error {
  constructor(problem: string) {
    // It may be thrown for every item: where in our code it was is of no use and costs most of it.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(problem)
    Error.stackTraceLimit = stackTraceLimit
  }
}
