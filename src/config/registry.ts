import type { ZodType } from 'zod'

/** The five kinds of components. */
export const componentKinds = [
  'receiver',
  'processor',
  'exporter',
  'connector',
  'extension',
] as const

/** What a component is. */
export type ComponentKind = (typeof componentKinds)[number]

/** A type that there is: its present name and the schema of its options. */
export interface RegisteredType {
  readonly type: string
  readonly schema: ZodType
  /** Older names that are still taken. */
  readonly aliases?: readonly string[]
  /** What it is, in a sentence. */
  readonly summary?: string
}

/** The components that are built in. */
export interface Registry {
  /** The type of that name, or of that older name; undefined when there is none. */
  lookup(kind: ComponentKind, type: string): RegisteredType | undefined
  /** The present names of all types of a kind. */
  types(kind: ComponentKind): readonly string[]
}

/** The top-level key of a kind. */
export function sectionOf(kind: ComponentKind): string {
  return `${kind}s`
}

/** `a receiver`, `an exporter`. */
export function withArticle(kind: ComponentKind): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`
}
