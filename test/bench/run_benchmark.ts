import { endAll } from '../kit/cleanup.ts'
import { type Figure, report } from './figures.ts'

/** Measures and prints; whatever ends this process, what it started ends with it. Needs root. */
export async function runBenchmark(
  title: string,
  measure: () => Promise<Figure[]>,
  record: boolean,
): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void endAll().finally(() => process.exit(1)))
  }
  try {
    if (process.getuid?.() !== 0) throw new Error('attaching programs needs root')
    report(title, await measure(), record)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  } finally {
    await endAll()
  }
}

/** A whole number of the command line. */
export function whole(text: string, least = 1): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new Error(`expected a whole number of at least ${least}, received ${text}`)
}
