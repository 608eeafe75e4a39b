/** What is wrong with an OTLP request: one line per problem, each beginning with the place. */
export class OtlpError extends Error {
  override readonly name = 'OtlpError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(summary(problems), options)
    this.problems = problems
  }
}

const shownProblems = 20

function summary(problems: readonly string[]): string {
  const shown = problems.slice(0, shownProblems).join('\n')
  const hidden = problems.length - shownProblems
  return hidden > 0 ? `${shown}\n… and ${hidden} more` : shown
}

/** Refuses a request for one reason. */
export function refuse(path: string, problem: string): never {
  throw new OtlpError([`${path}: ${problem}`])
}

/** The path of a field below `path`; the request itself has the empty path. */
export function below(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`
}
