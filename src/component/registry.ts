import type { Factory, Role } from './component.ts'

/** The factory of a role. */
export type FactoryOf<R extends Role> = Extract<Factory, { role: R }>

/** A type that there is: its present name, the schema of its options, and what is said of it. */
export interface KnownType {
  readonly type: string
  readonly schema: Factory['config']
  readonly aliases: readonly string[]
  readonly summary: string
}

/** All components that are built in, found by role and type. */
export class ComponentRegistry {
  readonly #factories: readonly Factory[]
  readonly #byName = new Map<string, Factory>()

  /** Throws when two factories of a role share a type or an alias. */
  constructor(factories: readonly Factory[]) {
    this.#factories = factories
    for (const factory of factories) {
      for (const name of [factory.type, ...(factory.aliases ?? [])]) this.#add(name, factory)
    }
  }

  #add(name: string, factory: Factory): void {
    const key = `${factory.role} ${name}`
    if (this.#byName.has(key)) throw new Error(`two components are called ${key}`)
    this.#byName.set(key, factory)
  }

  /** The type of that name, or of that older name; undefined when there is none. */
  lookup(role: Role, name: string): KnownType | undefined {
    const factory = this.#byName.get(`${role} ${name}`)
    if (!factory) return undefined
    const { type, config: schema, aliases = [], summary } = factory
    return { type, schema, aliases, summary }
  }

  /** The present names of all types of a role, in the order of the list. */
  types(role: Role): readonly string[] {
    return this.all(role).map(({ type }) => type)
  }

  /** All factories of a role, in the order of the list. */
  all<R extends Role>(role: R): readonly FactoryOf<R>[] {
    return this.#factories.filter((factory) => factory.role === role) as FactoryOf<R>[]
  }

  /** The factory of a type, or of an older name. Throws when there is none: ask `lookup` first. */
  factory<R extends Role>(role: R, name: string): FactoryOf<R> {
    const factory = this.#byName.get(`${role} ${name}`)
    if (!factory) throw new Error(`no ${role} is called ${name}`)
    return factory as FactoryOf<R>
  }
}
