import { suggestion } from './nearest.ts'

/**
 * How settled a feature is, with the Collector's words: `alpha` is off unless asked for, `beta` is on
 * unless refused, `stable` is always on, `deprecated` is always off.
 */
export type GateStage = 'alpha' | 'beta' | 'stable' | 'deprecated'

/** A feature that users can switch on or off with `--feature-gates`. */
export interface FeatureGate {
  /** As the Collector calls it, where it has it too: `confmap.enableMergeAppendOption`. */
  readonly id: string
  readonly stage: GateStage
  /** What is different while it is on, in a sentence. */
  readonly description: string
  /** The version of Waggle that brought it. */
  readonly since: string
}

/** Merging appends to some lists where it otherwise replaces them. */
export const mergeAppendGate = 'confmap.enableMergeAppendOption'

/** All gates there are. */
export const featureGates: readonly FeatureGate[] = [
  {
    id: mergeAppendGate,
    stage: 'alpha',
    description:
      'Where several configurations name service.extensions, or the receivers or exporters of a pipeline, the lists are joined; otherwise the last one counts.',
    since: '0.1.0',
  },
  {
    id: 'otelcol.printInitialConfig',
    stage: 'stable',
    description: 'The command print-config.',
    since: '0.1.0',
  },
  {
    id: 'service.partialReload',
    stage: 'stable',
    description: 'A reload restarts only what has changed.',
    since: '0.1.0',
  },
]

/** The `--feature-gates` option is wrong; the message says which gate and why. */
export class FeatureGateError extends Error {
  override readonly name = 'FeatureGateError'
}

/** Which features are on. */
export class FeatureGates {
  readonly #gates: ReadonlyMap<string, FeatureGate>
  readonly #chosen = new Map<string, boolean>()

  constructor(gates: readonly FeatureGate[] = featureGates) {
    this.#gates = new Map(gates.map((gate) => [gate.id, gate]))
  }

  /** Whether a gate is open. Throws when there is none of that name. */
  isEnabled(id: string): boolean {
    const { stage } = this.#known(id)
    return this.#chosen.get(id) ?? (stage === 'beta' || stage === 'stable')
  }

  /** Takes `one,-two,+three`: on, off, on. Throws FeatureGateError. */
  apply(list: string): void {
    for (const item of list.split(',')) {
      const [, sign, id = ''] = /^\s*([+-]?)(.*?)\s*$/.exec(item)!
      if (id === '') throw new FeatureGateError(`a gate has no name in ${JSON.stringify(list)}`)
      this.#choose(id, sign !== '-')
    }
  }

  /** All gates, by name. */
  all(): readonly FeatureGate[] {
    return [...this.#gates.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The gate of that name. Throws FeatureGateError when there is none. */
  gate(id: string): FeatureGate {
    return this.#known(id)
  }

  #choose(id: string, on: boolean): void {
    const { stage } = this.#known(id)
    if (stage === 'stable' && !on)
      throw new FeatureGateError(`"${id}" is stable, it cannot be switched off`)
    if (stage === 'deprecated' && on)
      throw new FeatureGateError(`"${id}" is deprecated, it cannot be switched on`)
    this.#chosen.set(id, on)
  }

  #known(id: string): FeatureGate {
    const gate = this.#gates.get(id)
    if (gate) return gate
    const names = this.all().map((known) => known.id)
    throw new FeatureGateError(
      `unknown feature gate ${JSON.stringify(id)}${suggestion(id, names, 'valid values')}`,
    )
  }
}

/** Which features the values of `--feature-gates` leave on. Throws FeatureGateError. */
export function gatesOf(values: readonly string[]): FeatureGates {
  const gates = new FeatureGates()
  for (const value of values) gates.apply(value)
  return gates
}
