import { type Meters, NO_METER, type Read } from '../telemetry/meter.ts'

/** What a receiver of audit events counts the lines with that it cannot read. */
const MALFORMED = 'waggle.k8s_audit.malformed'

/** Keeps no metric of a pipeline but how many lines could not be read. */
export class SkippedLines implements Meters {
  readonly #reads: Read[] = []

  meter(): ReturnType<Meters['meter']> {
    return {
      ...NO_METER,
      counter: (facts, read) => {
        if (facts.name === MALFORMED) this.#reads.push(read)
        return () => {}
      },
    }
  }

  /** So far, by reason. */
  read(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const read of this.#reads) {
      read((count, { reason = '' } = {}) => counts.set(reason, (counts.get(reason) ?? 0) + count))
    }
    return counts
  }
}
