import { type BpfObject, type InterfaceLink, networkInterfaces } from 'libbpf-addon'
import type { Settings } from '../../src/component/settings.ts'
import type { Glob } from '../../src/helpers/selection_glob.ts'

/** Where the filters stand before Linux 6.6: behind those of lower numbers, such as Cilium's. */
const TC_PLACE = { handle: 1, priority: 49_152 } as const

/** Names of interfaces that are gone, for reports that still tell of them. */
const MAX_NAMES = 4096

/** A program and the direction in which it sees packets. */
export interface Direction {
  readonly program: string
  readonly direction: 'ingress' | 'egress'
}

/** What is watched, and how. */
export interface InterfaceWatchOptions extends Pick<Settings, 'log' | 'status'> {
  readonly object: Pick<BpfObject, 'attachTcx' | 'attachTc'>
  readonly patterns: readonly Glob[]
  readonly directions: readonly Direction[]
  /** Whether this kernel has tcx. */
  readonly tcx: boolean
  /** The interfaces of the agent's network namespace. */
  readonly list?: typeof networkInterfaces
}

interface Watched {
  readonly name: string
  readonly links: readonly InterfaceLink[]
}

/** Attaches programs to interfaces by name, whenever they come. */
export class InterfaceWatch {
  readonly #options: InterfaceWatchOptions
  readonly #list: typeof networkInterfaces
  readonly #watched = new Map<number, Watched>()
  readonly #names = new Map<number, string>()
  /** What is wrong, by what it is about; told once. */
  #troubles = new Map<string, string>()

  constructor(options: InterfaceWatchOptions) {
    this.#options = options
    this.#list = options.list ?? networkInterfaces
  }

  /** Attaches to what has come, lets go of what is gone. To be called every few seconds. */
  look(): void {
    const there = new Map(this.#list().map(({ index, name }) => [index, name]))
    this.#letGo(there)
    const troubles = this.#awaited([...there.values()])
    for (const [ifindex, name] of there) {
      if (this.#watched.has(ifindex) || !this.#isChosen(name)) continue
      const error = this.#attach(ifindex, name)
      if (error) troubles.set(name, `interface "${name}": ${error.message}`)
    }
    this.#tell(troubles)
  }

  /** The name of an interface that is, or was, watched. */
  nameOf(ifindex: number): string {
    return ifindex === 0 ? '' : (this.#names.get(ifindex) ?? String(ifindex))
  }

  /** Detaches. */
  close(): void {
    for (const { links } of this.#watched.values()) for (const link of links) link.close()
    this.#watched.clear()
  }

  #isChosen(name: string): boolean {
    return this.#options.patterns.some((pattern) => pattern.matches(name))
  }

  /** An interface that was renamed is another one. */
  #letGo(there: ReadonlyMap<number, string>): void {
    for (const [ifindex, { name, links }] of this.#watched) {
      if (there.get(ifindex) === name && links.every(({ attached }) => attached)) continue
      for (const link of links) link.close()
      this.#watched.delete(ifindex)
      this.#options.log.info({ interface: name }, 'An interface is gone.')
    }
  }

  #awaited(names: readonly string[]): Map<string, string> {
    const awaited = this.#options.patterns.filter(
      (pattern) => !names.some((name) => pattern.matches(name)),
    )
    return new Map(awaited.map(({ text }) => [text, `interface "${text}" is not there yet`]))
  }

  #attach(ifindex: number, name: string): Error | undefined {
    const links: InterfaceLink[] = []
    try {
      for (const { program, direction } of this.#options.directions) {
        links.push(this.#attachOne(program, { ifindex, direction }))
      }
    } catch (error) {
      for (const link of links) link.close()
      return error as Error
    }
    this.#watched.set(ifindex, { name, links })
    this.#remember(ifindex, name)
    this.#options.log.info({ interface: name, by: links[0]?.kind }, 'Counts at an interface.')
    return undefined
  }

  #attachOne(program: string, target: { ifindex: number } & Pick<Direction, 'direction'>) {
    const { object, tcx } = this.#options
    if (tcx) return object.attachTcx(program, target)
    return object.attachTc(program, { ...target, ...TC_PLACE })
  }

  #remember(ifindex: number, name: string): void {
    this.#names.delete(ifindex)
    this.#names.set(ifindex, name)
    for (const old of this.#names.keys()) {
      if (this.#names.size <= MAX_NAMES) return
      if (!this.#watched.has(old)) this.#names.delete(old)
    }
  }

  #tell(troubles: Map<string, string>): void {
    const { log, status } = this.#options
    for (const [what, trouble] of troubles) {
      if (this.#troubles.get(what) !== trouble) log.warn(`Waits: ${trouble}.`)
    }
    const [first] = troubles.values()
    if (first !== undefined) status.recoverable(first)
    else status.ok()
    this.#troubles = troubles
  }
}
