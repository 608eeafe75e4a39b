import { readComponents } from './components.ts'
import type { ComponentTable, Tables } from './components.ts'
import type { ConfigDocument } from './document.ts'
import { extensionReferences } from './extension_reference.ts'
import type { Components, Config, ServiceConfig } from './model.ts'
import { isEmpty, positionOf } from './node.ts'
import type { ConfigNode } from './node.ts'
import { notConfigured, readPipelines, readReferences } from './pipelines.ts'
import type { Referable } from './pipelines.ts'
import { errorAt, warningAt } from './problems.ts'
import { componentKinds, sectionOf, withArticle } from './registry.ts'
import type { Registry } from './registry.ts'
import { checkSchema } from './schema.ts'
import { limitsConfig, telemetryConfig, telemetryWarnings } from './service.ts'
import { warnOfUnused } from './unused.ts'

const topLevel = [...componentKinds.map(sectionOf), 'service']

/**
 * Reads the whole of a document. Its problems go to the document; the result counts only when none
 * is an error.
 */
export function readConfig(document: ConfigDocument, registry: Registry): Config | undefined {
  const root = document.map([])
  if (!root) return undefined
  document.onlyKeys([], root, topLevel)
  const tables = Object.fromEntries(
    componentKinds.map((kind) => [kind, readComponents(document, kind, registry)]),
  ) as unknown as Tables
  requireSome(document, 'receiver')
  requireSome(document, 'exporter')
  reportAmbiguous(document, tables)
  const service = readService(document, tables)
  checkExtensionReferences(document, tables, service)
  warnOfUnused(document, tables, service)
  return configOf(document.root, tables, service)
}

// A connector can stand for either in a pipeline, yet data has to come from and go to somewhere.
function requireSome(document: ConfigDocument, kind: 'receiver' | 'exporter'): void {
  const section = sectionOf(kind)
  const node = document.node([section])
  const given = node && !isEmpty(node) && !(node.kind === 'map' && node.entries.size === 0)
  if (given || node?.failed) return
  document.error([section], `no ${kind} is configured`)
}

function reportAmbiguous(document: ConfigDocument, tables: Tables): void {
  for (const kind of ['receiver', 'exporter'] as const) {
    for (const id of tables.connector.keys()) {
      if (!tables[kind].has(id)) continue
      const other = `there is ${withArticle(kind)} "${id}" too`
      const rename = `rename one (such as "${id}/connector")`
      document.keyError(['connectors', id], `ambiguous id: ${other}, ${rename}`)
    }
  }
}

function readService(document: ConfigDocument, tables: Tables): ServiceConfig {
  const map = document.map(['service'])
  if (map) document.onlyKeys(['service'], map, ['extensions', 'pipelines', 'telemetry', 'limits'])
  const names = document.texts(['service', 'extensions']) ?? []
  const telemetry = checkSchema(telemetryConfig, document.root, ['service', 'telemetry'])
  const limits = checkSchema(limitsConfig, document.root, ['service', 'limits'])
  document.optionProblems([...telemetry.problems, ...limits.problems])
  for (const { path, message } of telemetry.ok ? telemetryWarnings(telemetry.value) : []) {
    document.keyWarning(['service', 'telemetry', ...path], message)
  }
  return {
    extensions: readReferences(document, names, 'extension', tables.extension),
    pipelines: map ? readPipelines(document, referable(tables)) : new Map(),
    telemetry: telemetry.ok ? telemetry.value : telemetryConfig.parse(undefined),
    limits: limits.ok ? limits.value : limitsConfig.parse(undefined),
  }
}

// Who asks for an extension that does not start would find that out only when it starts itself.
function checkExtensionReferences(
  document: ConfigDocument,
  tables: Tables,
  { extensions }: ServiceConfig,
): void {
  const started = new Set(extensions.map(({ id }) => id))
  const components = componentKinds.flatMap((kind) => [...tables[kind].values()])
  for (const component of components) {
    if (!component) continue
    const { schema, path } = component
    for (const { id, path: at } of extensionReferences(schema, document.node(path), path)) {
      if (!tables.extension.has(id)) {
        document.error(at, notConfigured('extension', id, tables.extension))
      } else if (!started.has(id)) {
        document.error(at, `references extension "${id}" which is not in service.extensions`)
      }
    }
  }
}

function referable({ receiver, processor, exporter, connector }: Tables): Referable {
  return {
    receiver: new Map([...receiver, ...connector]),
    processor,
    exporter: new Map([...exporter, ...connector]),
  }
}

function configOf(root: ConfigNode, tables: Tables, service: ServiceConfig): Config {
  return {
    receivers: present(tables.receiver),
    processors: present(tables.processor),
    exporters: present(tables.exporter),
    connectors: present(tables.connector),
    extensions: present(tables.extension),
    service,
    position: (path) => positionOf(root, path),
    error: (path, message) => errorAt(positionOf(root, path), path, message),
    warning: (path, message) => warningAt(positionOf(root, path), path, message),
  }
}

function present(table: ComponentTable): Components {
  return new Map([...table].flatMap(([id, component]) => (component ? [[id, component]] : [])))
}
