import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from './client.ts'

/** Lists that a strategic merge patch merges, and by what; others are replaced as a whole. */
const MERGED: Readonly<Record<string, string>> = { conditions: 'type', podIPs: 'ip', hostIPs: 'ip' }

/** The strategic merge patch that a kubelet sends for a status; undefined where nothing changed. */
export function statusPatch(
  uid: string,
  before: KubeObject,
  after: KubeObject,
): KubeObject | undefined {
  const status = objectPatch(before, after)
  if (Object.keys(status).length === 0) return undefined
  return { metadata: { uid }, status }
}

function objectPatch(before: KubeObject, after: KubeObject): KubeObject {
  const patch: KubeObject = {}
  for (const key of Object.keys({ ...before, ...after })) {
    const [old, fresh] = [before[key], after[key]]
    if (isDeepStrictEqual(old, fresh)) continue
    const mergeKey = MERGED[key]
    if (fresh === undefined) patch[key] = null
    else if (mergeKey === undefined) patch[key] = fresh
    else Object.assign(patch, listPatch(key, mergeKey, old ?? [], fresh))
  }
  return patch
}

function listPatch(
  key: string,
  mergeKey: string,
  before: readonly KubeObject[],
  after: readonly KubeObject[],
): KubeObject {
  const changed = after.flatMap((item) => {
    const id = item[mergeKey] as string
    const old = before.find((one) => one[mergeKey] === id)
    if (!old) return [item]
    const patch = objectPatch(old, item)
    return Object.keys(patch).length > 0 ? [{ ...patch, [mergeKey]: id }] : []
  })
  const order = after.map((item) => ({ [mergeKey]: item[mergeKey] }))
  return before.length > 0
    ? { [`$setElementOrder/${key}`]: order, [key]: changed }
    : { [key]: after }
}
