import type { Factory } from '../component/component.ts'
import type { ComponentRegistry } from '../component/registry.ts'
import type { Plugin } from './plugins.ts'

/** What a command works with. */
export interface Program {
  readonly registry: ComponentRegistry
  /** What `--plugin` has brought into the registry. */
  readonly plugins: readonly Plugin[]
  /** This build of Waggle. */
  readonly version: string
  /** What Waggle is, in a sentence. */
  readonly description: string
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Ends the process at once. */
  readonly exit: (code: number) => void
}

/** What `main` decides. The streams are the process's own unless a test wants to read them. */
export interface ProgramOptions
  extends Pick<Program, 'exit'>, Partial<Pick<Program, 'stdout' | 'stderr'>> {
  readonly components: readonly Factory[]
}
