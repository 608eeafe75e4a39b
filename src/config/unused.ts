import type { Tables } from './components.ts'
import type { ConfigDocument } from './document.ts'
import type { ServiceConfig } from './model.ts'
import { componentKinds } from './registry.ts'
import type { ComponentKind } from './registry.ts'

/** Warns of components that are configured and named nowhere: nothing will start them. */
export function warnOfUnused(
  document: ConfigDocument,
  tables: Tables,
  { pipelines, extensions }: ServiceConfig,
): void {
  const lists = [...pipelines.values()]
  const receivers = lists.flatMap((pipeline) => pipeline.receivers)
  const exporters = lists.flatMap((pipeline) => pipeline.exporters)
  const used: Record<ComponentKind, Set<string>> = {
    receiver: ids(receivers),
    processor: ids(lists.flatMap((pipeline) => pipeline.processors)),
    exporter: ids(exporters),
    connector: ids([...receivers, ...exporters]),
    extension: ids(extensions),
  }
  for (const kind of componentKinds) {
    for (const component of tables[kind].values()) {
      if (!component || used[kind].has(component.id)) continue
      document.keyWarning(component.path, unusedMessage(kind, component.id))
    }
  }
}

function ids(references: readonly { id: string }[]): Set<string> {
  return new Set(references.map(({ id }) => id))
}

function unusedMessage(kind: ComponentKind, id: string): string {
  if (kind === 'extension')
    return `extension "${id}" is not in service.extensions, it will not start`
  return `${kind} "${id}" is in no pipeline, it will not start`
}
