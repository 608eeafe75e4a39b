import { existsSync, readFileSync } from 'node:fs'
import type { KubeObject } from './client.ts'

/** The audit log of a world. */
export class AuditLog {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** Its lines as they were written. */
  lines(): string[] {
    if (!existsSync(this.path)) return []
    // The last piece is empty, or a line that is still being written.
    return readFileSync(this.path, 'utf8').split('\n').slice(0, -1)
  }

  /** Its events. */
  events(): KubeObject[] {
    return this.lines().map((line) => JSON.parse(line) as KubeObject)
  }

  /** The lines on objects of a namespace, and on these nodes. */
  linesOf(namespace: string, nodes: readonly string[] = []): string[] {
    return this.lines().filter((line) => {
      const { objectRef } = JSON.parse(line) as KubeObject
      if (objectRef?.resource === 'nodes') return nodes.includes(objectRef.name)
      return objectRef?.namespace === namespace
    })
  }
}
