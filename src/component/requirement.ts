/** Something a component needs of the machine, or of the cluster that it is in, and whether it is there. */
export interface Requirement {
  /** What is needed, in the kernel's or the manual's words: `tp_btf/inet_sock_set_state`. */
  readonly name: string
  readonly answer: 'supported' | 'not_supported' | 'unknown'
  /** Without it the component does not start. */
  readonly needed: boolean
  /** It is a need of a cluster around this machine: asked only where the component is configured. */
  readonly ofCluster?: true
  /** What was found: a version, a path, an errno. */
  readonly found?: string
  /** What is done instead, and what is lost by that; empty where nothing is. */
  readonly fallback?: string
  /** What the operator can do, as a sentence. */
  readonly remedy?: string
}
