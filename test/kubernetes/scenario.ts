import type { ScriptFor } from './played_pod.ts'
import type { World } from './world.ts'

/** Something that happens to pods, in a namespace of its own. */
export interface Scenario {
  /** The namespace, and the file that it is recorded in. */
  readonly name: string
  /** What the kubelet plays with a pod of the namespace; lets it become Ready if not given. */
  readonly script?: ScriptFor
  /** Nodes whose changes belong to it as well. */
  readonly nodes?: readonly string[]
  /** Does what a user does, and waits until it is over. */
  readonly run: (world: World, namespace: string) => Promise<void>
}

/** The namespace of a scenario: names have no underscores. */
export const namespaceOf = ({ name }: Pick<Scenario, 'name'>): string => name.replaceAll('_', '-')
