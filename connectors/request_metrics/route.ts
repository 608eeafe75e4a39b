/** A low-cardinality template of paths. */
export interface Route {
  /** The template, `/users/*`. */
  readonly text: string
  /** Of the text, so that it need not be hashed for each span. */
  readonly hash: number
}

/** A route of a text. */
export function routeOf(text: string): Route {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return { text, hash }
}
