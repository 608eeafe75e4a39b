import type { Factory } from '../component/component.ts'
import type { ComponentRegistry } from '../component/registry.ts'

/** What a command works with. */
export interface Program {
  readonly registry: ComponentRegistry
  /** This build of Waggle. */
  readonly version: string
  /** What Waggle is, in a sentence. */
  readonly description: string
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Ends the process at once. */
  readonly exit: (code: number) => void
}

/** What `main` decides. */
export interface ProgramOptions extends Pick<Program, 'exit'> {
  readonly components: readonly Factory[]
}
