/*
 * What a statement says, before anybody has looked up its names. Every node knows where it begins in
 * its text.
 */

/** A key in brackets behind a path or a converter. */
export type Key =
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  | { readonly kind: 'int'; readonly value: number; readonly at: number }
  | { readonly kind: 'value'; readonly value: Expression; readonly at: number }

/** A part of a path: a name, and keys behind it. */
export interface PathPart {
  readonly name: string
  readonly keys: readonly Key[]
  readonly at: number
}

/** `span.attributes["http.route"]`. */
export interface Path {
  readonly kind: 'path'
  readonly parts: readonly PathPart[]
  readonly at: number
}

/** An argument, with its name where one is given. */
export interface Argument {
  readonly name: string | undefined
  readonly value: Expression
  readonly at: number
}

/** A call of a converter or an editor. */
export interface Call {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Argument[]
  readonly keys: readonly Key[]
  readonly at: number
}

/** An operator with what stands behind it. */
export interface Operand {
  readonly operator: string
  readonly value: Expression
  readonly at: number
}

/** Operators of one precedence, from left to right. */
export interface Chain {
  readonly kind: 'sum' | 'product' | 'and' | 'or'
  readonly first: Expression
  readonly rest: readonly Operand[]
  readonly at: number
}

/** Two values compared. */
export interface Comparison {
  readonly kind: 'comparison'
  readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>='
  readonly left: Expression
  readonly right: Expression
  readonly at: number
}

/** A value as it stands. */
export interface Literal {
  readonly kind: 'literal'
  readonly type: 'nil' | 'bool' | 'int' | 'float' | 'string' | 'bytes'
  readonly text: string
  readonly at: number
}

/** Anything that has a value, conditions among it. */
export type Expression =
  | Literal
  | Path
  | Call
  | Chain
  | Comparison
  | { readonly kind: 'not'; readonly value: Expression; readonly at: number }
  /** A name without a call: an enum, or a converter that is handed over. */
  | { readonly kind: 'symbol'; readonly name: string; readonly at: number }
  | { readonly kind: 'list'; readonly values: readonly Expression[]; readonly at: number }
  | {
      readonly kind: 'map'
      readonly entries: readonly { readonly key: string; readonly value: Expression }[]
      readonly at: number
    }

/** An editor, and when it is called. */
export interface Statement {
  readonly editor: Call
  readonly where: Expression | undefined
}
