import type { ComponentTable } from './components.ts'
import type { ConfigDocument } from './document.ts'
import { parseId } from './ids.ts'
import { suggestion } from './nearest.ts'
import { positionOf } from './node.ts'
import type { Path, Position } from './problems.ts'

/** What a pipeline hands to its exporters. */
export const pipelineKinds = ['traces', 'metrics', 'logs'] as const

/** What a pipeline hands to its exporters. */
export type PipelineKind = (typeof pipelineKinds)[number]

/** A component named in a list, and where. */
export interface ComponentReference {
  readonly id: string
  readonly path: Path
  readonly at: Position
}

/** A pipeline; its lists in the order written. */
export interface PipelineConfig {
  readonly id: string
  readonly kind: PipelineKind
  /** The part of the id after the slash, '' when there is none. */
  readonly name: string
  readonly receivers: readonly ComponentReference[]
  readonly processors: readonly ComponentReference[]
  readonly exporters: readonly ComponentReference[]
  readonly path: Path
  readonly at: Position
}

/** The ids that a list may name. */
export interface Referable {
  readonly receiver: ComponentTable
  readonly processor: ComponentTable
  readonly exporter: ComponentTable
}

type Role = keyof Referable

const pipelinesPath = ['service', 'pipelines'] as const

/** Reads `service.pipelines`; every problem in it goes to the document. */
export function readPipelines(
  document: ConfigDocument,
  referable: Referable,
): Map<string, PipelineConfig> {
  const pipelines = new Map<string, PipelineConfig>()
  const map = document.map(pipelinesPath)
  if (map?.entries.size === 0)
    document.error(pipelinesPath, 'service must have at least one pipeline')
  for (const key of map?.entries.keys() ?? []) {
    const pipeline = readPipeline(document, key, referable)
    if (pipeline) pipelines.set(pipeline.id, pipeline)
  }
  return pipelines
}

function readPipeline(
  document: ConfigDocument,
  key: string,
  referable: Referable,
): PipelineConfig | undefined {
  const path = [...pipelinesPath, key]
  const head = readPipelineId(document, key, path)
  const map = document.map(path)
  if (!map) return undefined
  document.onlyKeys(path, map, ['receivers', 'processors', 'exporters'])
  const lists = {
    receivers: readList(document, path, 'receiver', referable),
    processors: readList(document, path, 'processor', referable),
    exporters: readList(document, path, 'exporter', referable),
  }
  return head && { ...head, ...lists, path, at: positionOf(document.root, path) }
}

function readPipelineId(
  document: ConfigDocument,
  key: string,
  path: Path,
): Pick<PipelineConfig, 'id' | 'kind' | 'name'> | undefined {
  const parsed = parseId(key)
  if (!parsed.ok) {
    document.keyError(path, parsed.message)
    return undefined
  }
  const { id, type, name } = parsed.id
  const kind = pipelineKinds.find((known) => known === type)
  if (kind) return { id, kind, name }
  const meant = suggestion(type, pipelineKinds, 'valid values')
  document.keyError(path, `unknown pipeline kind "${type}"${meant}`)
  return undefined
}

function readList(
  document: ConfigDocument,
  pipeline: Path,
  role: Role,
  referable: Referable,
): ComponentReference[] {
  const path = [...pipeline, `${role}s`]
  const texts = document.texts(path)
  if (texts?.length === 0 && role !== 'processor') {
    document.error(path, `must have at least one ${role}`)
  }
  return readReferences(document, texts ?? [], role, referable[role])
}

/**
 * The references in a list; what is not configured or named twice goes to the document as a
 * problem.
 */
export function readReferences(
  document: ConfigDocument,
  texts: readonly { text: string; path: Path }[],
  role: string,
  known: ComponentTable,
): ComponentReference[] {
  const references = new Map<string, ComponentReference>()
  for (const { text, path } of texts) {
    const parsed = parseId(text)
    const id = parsed.ok ? parsed.id.id : text
    if (!parsed.ok) document.error(path, parsed.message)
    else if (references.has(id)) document.error(path, `references ${role} "${id}" multiple times`)
    else if (!known.has(id)) document.error(path, notConfigured(role, id, known))
    else references.set(id, { id, path, at: positionOf(document.root, path) })
  }
  return [...references.values()]
}

/** `references exporter "x" which is not configured`, and what was probably meant. */
export function notConfigured(role: string, id: string, known: ComponentTable): string {
  const ids = [...known.keys()]
  const meant = ids.length === 0 ? ` (no ${role} is)` : suggestion(id, ids, 'configured')
  return `references ${role} "${id}" which is not configured${meant}`
}
