import type { RequestMetadata } from '../../src/pdata/delivery.ts'

/** Says of a batch's request whether a route is its own. */
export type RequestTest = (metadata: RequestMetadata | undefined) => boolean

/** The whole grammar, as in the Collector: `request["X-Tenant"] == "acme"`. */
const FORM = /^\s*request\["([^"\]]+)"\]\s*(==|!=)\s*"([^"]*)"\s*$/

/**
 * A condition on the headers of a request; undefined where it is none. Of a header with several values
 * one is enough, and one that is not there is neither equal nor unequal to anything.
 */
export function parseRequestCondition(text: string): RequestTest | undefined {
  const [, name, operator, wanted] = FORM.exec(text) ?? []
  if (name === undefined) return undefined
  const key = name.toLowerCase()
  const isEqual = operator === '=='
  return (metadata) => {
    const values = metadata?.get(key) ?? []
    return values.some((value) => (value === wanted) === isEqual)
  }
}
