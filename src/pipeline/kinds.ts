import type { Conversion, ProcessorFactory } from '../component/component.ts'
import type { Path } from '../config/index.ts'
import { KINDS } from '../pdata/batch.ts'
import type { Kind } from '../pdata/batch.ts'
import { kindFrom } from './plan.ts'
import type { PlannedComponent, PlannedPipeline, PlannedReference } from './plan.ts'
import { allOf, anyOf } from './wording.ts'

/** What a pipeline is checked against. */
export interface KindCheck {
  readonly pipelines: readonly PlannedPipeline[]
  /** All processors there are, for advice. */
  readonly processors: readonly ProcessorFactory[]
  /** Takes what is found. */
  readonly report: (path: Path, message: string) => void
}

/**
 * Follows the kinds of data through one pipeline, from its receivers to its exporters, and reports
 * every component that is handed a kind it does not take. What follows such a component is checked
 * as if it had done its part; where that cannot be said, the rest is left alone.
 */
export function checkKinds(pipeline: PlannedPipeline, check: KindCheck): void {
  let kinds = enteringKinds(pipeline, check)
  for (const [i, { component, path }] of pipeline.processors.entries()) {
    if (kinds.size === 0) return
    const { conversions } = component.factory
    const strange = without(
      kinds,
      conversions.map(({ from }) => from),
    )
    if (strange.size > 0) {
      const advice = adviceBefore(pipeline, i, check.processors, conversions, strange)
      check.report(
        path,
        mismatch(
          component,
          conversions.map(({ from }) => from),
          strange,
          advice,
        ),
      )
    }
    kinds = turned(kinds, conversions, pipeline, strange.size > 0)
  }
  if (kinds.size > 0) checkExporters(pipeline, kinds, check)
}

function enteringKinds(pipeline: PlannedPipeline, check: KindCheck): Set<Kind> {
  const kinds = new Set<Kind>()
  for (const { component, path } of pipeline.receivers) {
    const kind = kindFrom(check, component, pipeline)
    if (kind) kinds.add(kind)
    else if (component.role === 'receiver') check.report(path, noEntry(component, pipeline))
  }
  return kinds
}

function noEntry({ id, factory }: PlannedComponent<'receiver'>, { kind }: PlannedPipeline): string {
  return `"${id}" produces ${allOf(factory.produces)}, but this pipeline carries ${kind}`
}

/**
 * What a processor makes of the kinds that reach it; nothing when that cannot be told. One that can
 * turn a kind into several makes the pipeline's own of it.
 */
function turned(
  kinds: ReadonlySet<Kind>,
  conversions: readonly Conversion[],
  pipeline: PlannedPipeline,
  mismatched: boolean,
): Set<Kind> {
  if (!mismatched) return new Set([...kinds].flatMap((kind) => madeOf(kind, conversions, pipeline)))
  return new Set(conversions.some(({ to }) => to === pipeline.kind) ? [pipeline.kind] : [])
}

function madeOf(
  kind: Kind,
  conversions: readonly Conversion[],
  pipeline: PlannedPipeline,
): readonly Kind[] {
  const made = conversions.filter(({ from }) => from === kind).map(({ to }) => to)
  return made.includes(pipeline.kind) ? [pipeline.kind] : made
}

function checkExporters(
  pipeline: PlannedPipeline,
  kinds: ReadonlySet<Kind>,
  check: KindCheck,
): void {
  const { kind } = pipeline
  const strange = without(kinds, [kind])
  let told = false
  for (const { component, path } of pipeline.exporters) {
    const takes = takenAtEnd(component)
    if (!takes.includes(kind)) {
      check.report(
        path,
        `"${component.id}" takes ${anyOf(takes)}, but this pipeline carries ${kind}`,
      )
    } else if (strange.size > 0 && !told) {
      // The cause is the same for all exporters of the pipeline.
      told = true
      const end = pipeline.processors.length
      const advice = adviceBefore(
        pipeline,
        end,
        check.processors,
        [{ from: kind, to: kind }],
        strange,
      )
      check.report(path, mismatch(component, [kind], strange, advice))
    }
  }
}

function takenAtEnd(component: PlannedComponent<'exporter' | 'connector'>): readonly Kind[] {
  if (component.role === 'exporter') return component.factory.consumes
  return component.factory.conversions.map(({ from }) => from)
}

function mismatch(
  { id }: PlannedComponent,
  takes: Iterable<Kind>,
  strange: ReadonlySet<Kind>,
  advice: string,
): string {
  return `"${id}" takes ${anyOf(takes)}, but here come ${allOf(strange)}${advice}`
}

/** What would turn a strange kind into one that is taken: `; put a processor that …`, or nothing. */
function adviceBefore(
  pipeline: PlannedPipeline,
  index: number,
  processors: readonly ProcessorFactory[],
  taker: readonly Conversion[],
  strange: ReadonlySet<Kind>,
): string {
  const taken = new Set(taker.map(({ from }) => from))
  // The pipeline's own kind is what is wanted in the end.
  const wanted = [pipeline.kind, ...KINDS].filter((kind) => taken.has(kind))
  for (const from of strange) {
    for (const to of wanted) {
      const able = processors.filter((factory) => turns(factory, from, to))
      if (able.length > 0) return advice(pipeline.processors.slice(index + 1), able, from, to)
    }
  }
  return ''
}

function advice(
  later: readonly PlannedReference<'processor'>[],
  able: readonly ProcessorFactory[],
  from: Kind,
  to: Kind,
): string {
  const misplaced = later.find(({ component }) => able.includes(component.factory))
  if (misplaced)
    return `; move "${misplaced.component.id}", which turns ${from} into ${to}, before it`
  const types = able.map(({ type }) => type).toSorted()
  return `; put a processor that turns ${from} into ${to} before it (${types.join(', ')})`
}

function without(kinds: ReadonlySet<Kind>, others: readonly Kind[]): Set<Kind> {
  return new Set([...kinds].filter((kind) => !others.includes(kind)))
}

function turns({ conversions }: ProcessorFactory, from: Kind, to: Kind): boolean {
  return conversions.some((conversion) => conversion.from === from && conversion.to === to)
}
