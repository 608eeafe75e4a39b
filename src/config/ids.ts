/**
 * A component's or a pipeline's id taken apart: `otlp/backup` has the type `otlp` and the name
 * `backup`.
 */
export interface Id {
  readonly id: string
  readonly type: string
  /** '' when there is none. */
  readonly name: string
}

/** An id, or what is wrong with it. */
export type IdResult =
  | { readonly ok: true; readonly id: Id }
  | { readonly ok: false; readonly message: string }

// The Collector's rules: component.NewType and component.NewIDWithName.
const typePattern = /^[a-zA-Z][0-9a-zA-Z_]{0,62}$/
const namePattern = /^[^\p{Z}\p{C}\p{S}]{1,1024}$/u

/** Reads `type` or `type/name`. Spaces around either are not part of it. */
export function parseId(text: string): IdResult {
  const slash = text.indexOf('/')
  const type = (slash < 0 ? text : text.slice(0, slash)).trim()
  const name = slash < 0 ? '' : text.slice(slash + 1).trim()
  const fault =
    slash < 0 && type === '' ? 'id must not be empty' : faultIn(text, type, name, slash >= 0)
  if (fault !== undefined) return { ok: false, message: fault }
  return { ok: true, id: { id: name === '' ? type : `${type}/${name}`, type, name } }
}

function faultIn(text: string, type: string, name: string, named: boolean): string | undefined {
  const where = `in ${JSON.stringify(text)} id:`
  if (type === '') return `${where} the part before / should not be empty`
  if (!typePattern.test(type)) {
    return `${where} the type may have letters, digits and "_", a letter first, 63 at most`
  }
  if (named && name === '') return `${where} the part after / should not be empty`
  if (named && !namePattern.test(name)) {
    return `${where} the name may not have spaces, symbols or control characters, 1024 letters at most`
  }
  return undefined
}
