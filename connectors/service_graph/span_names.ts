import type { SpanInput } from '../../src/helpers/span_input.ts'
import { valueText } from '../../src/pdata/value_text.ts'
import type { ServiceGraphConfig } from './config.ts'
import type { Node } from './node.ts'

const NONE: readonly undefined[] = []

/** What edges are named after, read from the span at hand. */
export class SpanNames {
  readonly #input: SpanInput
  readonly #dimensions: readonly number[]
  readonly #databases: readonly number[]
  readonly #peers: readonly number[]

  constructor(config: ServiceGraphConfig, input: SpanInput) {
    const numbers = (keys: readonly string[]): number[] => keys.map((key) => input.numberOf(key))
    this.#input = input
    this.#dimensions = numbers(config.dimensions)
    this.#databases = numbers(config.database_name_attributes)
    this.#peers = numbers(config.virtual_node_peer_attributes)
  }

  /** The values of the dimensions: of the resource, else of the span. */
  dimensions(node: Node): readonly (string | undefined)[] {
    if (this.#dimensions.length === 0) return NONE
    return this.#dimensions.map((number, n) => node.dimensions[n] ?? this.#text(number))
  }

  /** The database that is asked; empty where it is none. */
  database(node: Node): string {
    for (let n = 0; n < this.#databases.length; n++) {
      const name = node.databases[n] ?? this.#text(this.#databases[n] as number)
      if (name) return name
    }
    return ''
  }

  /** The name that a client gives its server; empty where it gives none. */
  peer(): string {
    for (const number of this.#peers) {
      const name = this.#text(number)
      if (name) return name
    }
    return ''
  }

  #text(number: number): string | undefined {
    const value = this.#input.value(number)
    return value === undefined ? undefined : valueText(value)
  }
}
