/** A Kubernetes to test against, of which the Go module proxy has the sources. */
export interface Kubernetes {
  /** The module k8s.io/kubernetes. */
  readonly version: string
  /** Its staging modules, such as k8s.io/api. */
  readonly staging: string
  readonly minor: number
}

/** By minor version: the newest one, and one from two years before it. */
export const VERSIONS = {
  '1.36': { version: 'v1.36.3', staging: 'v0.36.3', minor: 36 },
  '1.30': { version: 'v1.30.14', staging: 'v0.30.14', minor: 30 },
} as const satisfies Record<string, Kubernetes>

/** A minor version that there is a world of. */
export type Minor = keyof typeof VERSIONS

/** All of them, newest first. */
export const MINORS = Object.keys(VERSIONS) as Minor[]

/** The module sigs.k8s.io/kwok, which plays nodes and the kubelets of pods that nobody scripts. */
export const KWOK = 'v0.8.0'
