/** A stage that is judged, and those that have to be over before it can begin. */
export interface Ordered {
  readonly stage: string
  readonly after: readonly string[]
}

/**
 * The stages so that each comes after those it depends on; of several that may come next, the one
 * that is declared first.
 * @throws Error for a stage that is declared twice, one that is not declared, and a circle
 */
export function inOrder<T extends Ordered>(declared: readonly T[]): T[] {
  const names = new Set(declared.map(({ stage }) => stage))
  const twice = declared.find(({ stage }, i) => declared.findIndex((j) => j.stage === stage) !== i)
  if (twice) throw new Error(`stage "${twice.stage}" is declared twice`)
  for (const { stage, after } of declared) {
    const unknown = after.find((name) => !names.has(name))
    if (unknown) throw new Error(`stage "${stage}" comes after "${unknown}", which is not declared`)
  }
  const ordered: T[] = []
  while (ordered.length < declared.length) {
    const next = declared.find((one) => !ordered.includes(one) && isFree(one, ordered))
    if (!next) throw new Error(`stages wait for each other: ${waiting(declared, ordered)}`)
    ordered.push(next)
  }
  return ordered
}

function isFree({ after }: Ordered, done: readonly Ordered[]): boolean {
  return after.every((name) => done.some(({ stage }) => stage === name))
}

function waiting(declared: readonly Ordered[], done: readonly Ordered[]): string {
  return declared
    .filter((one) => !done.includes(one))
    .map(({ stage }) => `"${stage}"`)
    .join(', ')
}
