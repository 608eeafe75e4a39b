import type { Settings } from '../../src/component/settings.ts'

/** A cell of a table: a text, or a link to another page. */
export type Cell = string | number | { readonly text: string; readonly href: string }

/** A part of a page. */
export type Section =
  | {
      readonly title: string
      readonly head: readonly string[]
      readonly rows: readonly (readonly Cell[])[]
    }
  | { readonly title: string; readonly text: string }

/** What a page shows: for programs, and for people. */
export interface PageContent {
  /** Anything that JSON can say. */
  readonly data: unknown
  readonly sections: readonly Section[]
}

/** A page. */
export interface Page {
  /** `/debug/servicez` */
  readonly path: string
  /** One sentence: what it shows. */
  readonly summary: string
  /** Reads everything as it stands. */
  readonly read: (surroundings: PageSurroundings) => PageContent
}

/** What pages read. */
export interface PageSurroundings extends Pick<Settings, 'host' | 'version'> {
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

/** A time for people and programs. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
