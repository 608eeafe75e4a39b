import { shared } from './shared_text.ts'

/** A map of JSON, or of an attribute of the same shape. */
export type JsonMap = Readonly<Record<string, unknown>>

/** Nothing in it. */
export const NO_MAP: JsonMap = {}

/** The map; undefined for anything else. */
export function mapOf(value: unknown): JsonMap | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonMap)
    : undefined
}

/** The map below a key; an empty one where there is none. */
export function mapIn(map: JsonMap | undefined, key: string): JsonMap {
  return mapOf(map?.[key]) ?? NO_MAP
}

/** The items of a list; none for anything else. */
export function listIn(map: JsonMap | undefined, key: string): readonly unknown[] {
  const value = map?.[key]
  return Array.isArray(value) ? value : []
}

/** The maps of a list. */
export function mapsIn(map: JsonMap | undefined, key: string): readonly JsonMap[] {
  return listIn(map, key)
    .map(mapOf)
    .filter((item) => item !== undefined)
}

/** The texts of a list. */
export function textsIn(map: JsonMap | undefined, key: string): readonly string[] {
  return listIn(map, key).filter((item) => typeof item === 'string')
}

/** The text below a key; empty where there is none. */
export function textIn(map: JsonMap | undefined, key: string): string {
  const value = map?.[key]
  return typeof value === 'string' ? value : ''
}

/** The same of a text that others are likely to have, too. */
export function sharedTextIn(map: JsonMap | undefined, key: string): string {
  return shared(textIn(map, key))
}

/** The number below a key; undefined where there is none. */
export function numberIn(map: JsonMap | undefined, key: string): number | undefined {
  const value = map?.[key]
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'bigint' ? Number(value) : undefined
}

/** True for nothing, and for a map or list without anything in it. */
export function isEmpty(map: JsonMap): boolean {
  for (const _ in map) return false
  return true
}
