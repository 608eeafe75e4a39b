import type { Path } from '../config/index.ts'
import {
  connectorKinds,
  enteringKind,
  kindFrom,
  pipelinesBegunBy,
  pipelinesEndedBy,
} from './plan.ts'
import type { PlannedComponent, PlannedPipeline } from './plan.ts'
import { allOf } from './wording.ts'

type Report = (path: Path, message: string) => void

/** Reports connectors that do not join what they are meant to join, and pipelines that feed themselves. */
export function checkConnectors(pipelines: readonly PlannedPipeline[], report: Report): void {
  for (const pipeline of pipelines) {
    for (const { component, path } of pipeline.receivers) {
      if (component.role === 'connector')
        checkBeginning(component, pipeline, pipelines, path, report)
    }
    for (const { component, path } of pipeline.exporters) {
      if (component.role === 'connector') checkEnd(component, pipeline, pipelines, path, report)
    }
  }
  checkCycles(pipelines, report)
}

function checkBeginning(
  component: PlannedComponent<'connector'>,
  pipeline: PlannedPipeline,
  pipelines: readonly PlannedPipeline[],
  path: Path,
  report: Report,
): void {
  const { id } = component
  const ended = pipelinesEndedBy(pipelines, id).map(({ kind }) => kind)
  if (ended.length === 0) {
    return report(
      path,
      `connector "${id}" begins this pipeline, but no pipeline has it as exporter`,
    )
  }
  const made = connectorKinds(component, ended)
  // Where nothing is made, the pipelines that it ends are at fault and say so themselves.
  if (made.size === 0 || kindFrom({ pipelines }, component, pipeline)) return
  const turns = `connector "${id}" turns ${allOf(ended)} into ${allOf(made)}`
  report(path, `${turns}, but this pipeline carries ${pipeline.kind}`)
}

function checkEnd(
  component: PlannedComponent<'connector'>,
  pipeline: PlannedPipeline,
  pipelines: readonly PlannedPipeline[],
  path: Path,
  report: Report,
): void {
  const { id } = component
  const begun = pipelinesBegunBy(pipelines, id)
  if (begun.length === 0) {
    return report(path, `connector "${id}" ends this pipeline, but no pipeline has it as receiver`)
  }
  const made = connectorKinds(component, [pipeline.kind])
  if (made.size === 0 || begun.some(({ kind }) => enteringKind(made, kind))) return
  const turns = `connector "${id}" turns ${pipeline.kind} into ${allOf(made)}`
  report(path, `${turns}, but no pipeline that has it as receiver carries that`)
}

interface Step {
  readonly pipeline: PlannedPipeline
  /** The connector that leads on from the pipeline, and where it is named. */
  readonly connector: string
  readonly path: Path
}

/** Reports each cycle once, with the whole way round. */
function checkCycles(pipelines: readonly PlannedPipeline[], report: Report): void {
  const done = new Set<PlannedPipeline>()
  const way: Step[] = []

  function visit(pipeline: PlannedPipeline): void {
    if (done.has(pipeline)) return
    const start = way.findIndex((step) => step.pipeline === pipeline)
    if (start >= 0) return reportCycle(way.slice(start), report)
    for (const { connector, path, next } of waysOn(pipeline, pipelines)) {
      way.push({ pipeline, connector, path })
      visit(next)
      way.pop()
    }
    done.add(pipeline)
  }

  for (const pipeline of pipelines) visit(pipeline)
}

function waysOn(
  pipeline: PlannedPipeline,
  pipelines: readonly PlannedPipeline[],
): { connector: string; path: Path; next: PlannedPipeline }[] {
  return pipeline.exporters.flatMap(({ component, path }) => {
    if (component.role !== 'connector') return []
    const made = connectorKinds(component, [pipeline.kind])
    return pipelinesBegunBy(pipelines, component.id)
      .filter(({ kind }) => enteringKind(made, kind))
      .map((next) => ({ connector: component.id, path, next }))
  })
}

function reportCycle(steps: readonly Step[], report: Report): void {
  const [first] = steps as [Step]
  const names = steps.flatMap(({ pipeline, connector }) => [
    `pipeline "${pipeline.id}"`,
    `connector "${connector}"`,
  ])
  report(first.path, `cycle: ${names.join(' -> ')} -> pipeline "${first.pipeline.id}"`)
}
