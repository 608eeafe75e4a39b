import type { Attributes } from '../../src/pdata/attributes.ts'
import type { ServiceRoutes } from './routes.ts'

/** What the resources of one service share: the routes they have taught, and a limit. */
export class Service {
  readonly name: string
  readonly routes: ServiceRoutes
  /** Resources that are of it now. */
  resources = 0
  readonly #limit: number
  #series = 0
  #active = 0
  #overflowed = 0
  #told = false

  /** @param limit series at most */
  constructor(name: string, routes: ServiceRoutes, limit: number) {
    this.name = name
    this.routes = routes
    this.#limit = limit
  }

  /** Makes room for one more series; false, and counted, when there is none. */
  admit(): boolean {
    if (this.#series >= this.#limit) {
      this.#overflowed++
      return false
    }
    this.#series++
    return true
  }

  /** So many series are gone. */
  release(series: number): void {
    this.#series -= series
    if (this.#series < this.#limit) this.#told = false
  }

  /** The same for a series of requests in flight, which are counted apart. */
  admitActive(): boolean {
    if (this.#active >= this.#limit) return false
    this.#active++
    return true
  }

  /** So many series of requests in flight are gone. */
  releaseActive(series: number): void {
    this.#active -= series
  }

  /** True when spans went to the series for what is too much since that was last taken. */
  get overflows(): boolean {
    return this.#overflowed > 0
  }

  /** How many did. */
  takeOverflow(): number {
    const overflowed = this.#overflowed
    this.#overflowed = 0
    return overflowed
  }

  /** True the first time that it is asked, and again after there was room. */
  beginsToOverflow(): boolean {
    const first = !this.#told
    this.#told = true
    return first
  }

  /** A resource is gone, and its series. */
  leave(series: number): void {
    this.release(series)
    this.resources--
  }
}

/** Services by name. Those without a resource are kept for the routes that they know. */
export class Services {
  readonly #byName = new Map<string, Service>()
  readonly #limit: number
  readonly #make: (name: string) => Service

  /** @param limit services at most, beside those that have a resource */
  constructor(limit: number, make: (name: string) => Service) {
    this.#limit = limit
    this.#make = make
  }

  /** The service of a new resource. */
  join(attributes: Attributes): Service {
    const name = nameOf(attributes)
    const service = this.#byName.get(name) ?? this.#make(name)
    service.resources++
    // The one that was joined last is forgotten last.
    this.#byName.delete(name)
    this.#byName.set(name, service)
    if (this.#byName.size > this.#limit) this.#forget()
    return service
  }

  #forget(): void {
    for (const [name, { resources }] of this.#byName) {
      if (resources > 0) continue
      this.#byName.delete(name)
      return
    }
  }
}

function nameOf(attributes: Attributes): string {
  const { 'service.namespace': space, 'service.name': name } = attributes
  const text = typeof name === 'string' ? name : 'unknown_service'
  return typeof space === 'string' ? `${space}/${text}` : text
}
