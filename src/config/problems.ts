/** A place in a file: line and column count from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The way to a value: map keys as strings, list indexes as numbers. */
export type Path = readonly (string | number)[]

/**
 * One thing that is wrong, or odd, in the configuration. `path` is already formatted, '' for the
 * whole document.
 */
export interface Problem extends Position {
  readonly path: string
  readonly message: string
  readonly severity: 'error' | 'warning'
}

const plainKey = /^[^\s.[\]"]+$/u

/**
 * `['a', 'b/c', 1]` becomes `a.b/c[1]`; a key that holds a dot, a bracket or a space is quoted:
 * `a["b.c"]`.
 */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    if (!plainKey.test(step)) return `${text}[${JSON.stringify(step)}]`
    return text === '' ? step : `${text}.${step}`
  }, '')
}

/** An error at a place, its path formatted. */
export function errorAt(at: Position, path: Path, message: string): Problem {
  return problemAt(at, path, message, 'error')
}

/** A warning at a place: worth saying, does not stop a start. */
export function warningAt(at: Position, path: Path, message: string): Problem {
  return problemAt(at, path, message, 'warning')
}

function problemAt(
  { file, line, column }: Position,
  path: Path,
  message: string,
  severity: Problem['severity'],
): Problem {
  return { file, line, column, path: formatPath(path), message, severity }
}

/** A sorted copy: by file, then line, then column. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column,
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/** `pipelines.yaml:14:20: service.pipelines.traces.processors[1]: message`, on one line. */
export function formatProblem({ file, line, column, path, message, severity }: Problem): string {
  const where = `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}`
  return `${where}${severity === 'warning' ? 'warning: ' : ''}${message}`
}

/** True when nothing in the list stops a start. */
export function onlyWarnings(problems: readonly Problem[]): boolean {
  return problems.every(({ severity }) => severity === 'warning')
}

/**
 * The configuration has to be changed before the agent can start. The message lists every problem,
 * one a line.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const sorted = sortProblems(problems)
    super(sorted.map(formatProblem).join('\n'))
    this.problems = sorted
  }
}
